// Package lifecycle is how the object of a resource comes to be, is read, changes
// and goes. Each type says in a [Guardrail] what its object is and by which calls it
// is reached; the rules that hold for all of them are told here once:
//
//   - An object of that name that exists already is an error, or adopted.
//   - A create succeeds, or deletes again what it made and leaves no state.
//   - A write is read back until AWS agrees; an update that fails on the way leaves
//     what was read, never what was planned.
//   - Only the service's own "not found", in the right account, removes an object from
//     state, and the plan says what is unprotected now, and by whom.
//   - Protected objects are neither destroyed nor replaced; adopted ones are only
//     forgotten, unless destroy_adopted is set.
package lifecycle
