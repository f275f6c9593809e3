// Package policy parses, normalises, compares and builds IAM policy documents.
// It is pure: it never asks AWS.
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
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html.
package policy
