// Package password keeps the account's password policy and its console passwords.
//
// Facts relied on:
//
//   - UpdateAccountPasswordPolicy has no partial update: what is left out returns to its
//     default, so every field is sent on every write, and another tool that sends one
//     field weakens all others, see
//     https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html;
//   - a maximum age and a reuse prevention of 0 are refused; they are sent by leaving the
//     field out;
//   - without any policy IAM asks for eight characters of three classes, so a policy with
//     one field set can be weaker than none;
//   - whoever has to choose another password at the sign-in needs iam:ChangePassword for it,
//     and is locked out of the console without: the password policy can allow it to every
//     user, and a Deny, such as that of a policy that enforces MFA, wins, see
//     https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_enable-user-change.html.
//
// An account has one policy. An existing one is adopted only if that is asked for. A value
// weaker than the live one is refused, because somebody may have strengthened it for a
// reason. Destroy keeps the policy in the account unless on_destroy says otherwise.
package password
