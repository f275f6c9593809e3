// Package framework is the one thin layer over terraform-plugin-framework.
//
// It holds what every type of the provider shares and nothing that only one
// needs: where an object lives (account and region), tags, deletion protection,
// adoption, the import grammar, identity, and one function per kind of
// diagnostic. It hides no framework call: a resource still reads as a
// plugin-framework resource.
package framework
