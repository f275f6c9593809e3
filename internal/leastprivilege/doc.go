// Package leastprivilege keeps what roles may do narrow, beginning with the role
// that runs iamguard itself.
//
// The permissions of each type are recorded by the tests of the types, from the
// calls that they make, into the examples of the documentation. This package reads
// the same files. A call tells the action that it needs and not the objects that it
// is for, so a policy made from names of types says Resource "*".
//
// How an action of IAM relates to a call of the API:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
package leastprivilege
