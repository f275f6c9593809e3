// Package policy parses, normalises, compares, builds and evaluates IAM policy
// documents, and says what a principal loses with some of them. It is pure: it
// never asks AWS.
//
// What AWS documents and this package relies on:
//
//   - Every list may be written as a single text, and a list is a set: order
//     and repetition mean nothing. Neither does the order of statements.
//   - Actions, condition operators and condition keys ignore case; resources,
//     principals and condition values do not, but for the Bool and Null
//     operators and the operators with IgnoreCase.
//   - An account ID as AWS principal means the account's root ARN, and AWS
//     hands either back. "*" and {"AWS": "*"} mean everyone in an Allow; in a
//     Deny they are kept apart here.
//   - An absent Version is 2008-10-17, which knows no policy variables.
//   - Sid and Id are labels. They are reported, not compared.
//   - In patterns * stands for any text, / and : included, ? for one character.
//     A variable such as ${aws:username} stands for text that only AWS knows.
//
// Comparison is sound rather than complete: documents are called equivalent,
// and statements covered, only where that follows from the rules above. Where
// it does not follow, there is a difference to look at, never an all-clear.
//
// [Grants] evaluates identity policies with a permissions boundary; policies of
// resources, sessions and organizations are not known to it. What AWS documents
// of that:
//
//   - A Deny wins, wherever it is. Then an identity policy has to allow, and the
//     boundary too where there is one.
//   - Without the key a condition is false, true where the operator is negated
//     or ends in IfExists. ForAllValues is true then, ForAnyValue false. Null
//     asks for the absence itself, which an empty set counts as.
//   - One of several values has to match; of a negated operator none. Several
//     values in the request take a set operator.
//   - In ARN operators a star stays in its segment. In Resource it reaches over
//     colons where it is the last character of a segment. A resource is covered
//     only where both readings of the star have it so.
//   - A text with a variable that has no value and no default equals nothing, so
//     that StringNotEquals and StringNotLike hold.
//
// Evaluation is three-valued: what hangs on an unknown key, or on what AWS does
// not document, is undecided, and the reason is named. What is decided holds
// whatever the unknown turns out to be. Undocumented are: several values without
// a set operator, ForAnyValue with IfExists on an absent key, an empty text
// under a set operator, values that an operator cannot read, whole days and
// months in comparisons, wildcards in the value of a variable, and NotResource
// or a negated ARN operator with a variable that has no value.
//
// [Evaluator.May] and [Compare] speak of all resources. They reason on patterns
// and prove what they call possible on a sample: "any-1" in such a sample stands
// for any name. [Compare] takes a condition on a key that nobody knows to hold
// in some request where it was lost and to fail in some where it remains, so
// that no remaining Deny on such a key hides a loss. Conditions that contradict
// each other are not seen through: it then tells of a loss too much. What AWS
// does not document stays open. The age of MFA is tried on both sides of every
// limit that a statement sets to it.
//
// The tests compare with a simulator that others wrote; where it differs from
// what AWS documents, the tests say so.
//
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html.
package policy
