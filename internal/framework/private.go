package framework

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Private is the private state of a resource, which Terraform keeps and never
// shows. Requests and responses of every operation have one.
type Private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Remember keeps a value as JSON.
func Remember(ctx context.Context, private Private, key string, value any, diags *diag.Diagnostics) {
	text, err := json.Marshal(value)
	if err != nil {
		diags.AddError("Unable to keep private state", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, key, text)...)
}

// Recall reads what Remember kept; false where there is nothing, or nothing that
// fits, as after an upgrade.
func Recall(ctx context.Context, private Private, key string, into any, diags *diag.Diagnostics) bool {
	text, found := private.GetKey(ctx, key)
	diags.Append(found...)
	return len(text) > 0 && json.Unmarshal(text, into) == nil
}

// adoptedKey marks an object that existed before it was taken over: destroy only
// forgets it, unless destroy_adopted.
const adoptedKey = "adopted"

// MarkAdopted remembers that the object was adopted, not created.
func MarkAdopted(ctx context.Context, private Private, diags *diag.Diagnostics) {
	Remember(ctx, private, adoptedKey, true, diags)
}

// OnlyForgets tells whether destroying an object only forgets it, and then says so:
// it existed before it was adopted, and destroy_adopted is not set. A mark that
// cannot be read counts as one: forgetting an object harms less than deleting it.
func OnlyForgets(ctx context.Context, private Private, destroyAdopted types.Bool, object string, diags *diag.Diagnostics) bool {
	if destroyAdopted.ValueBool() || !isAdopted(ctx, private, diags) {
		return false
	}
	Warn(diags, object, "only forgotten, not deleted", "It existed before it was adopted. Set destroy_adopted = true and "+
		"apply before destroying, if it is to be deleted.")
	return true
}

func isAdopted(ctx context.Context, private Private, diags *diag.Diagnostics) bool {
	text, found := private.GetKey(ctx, adoptedKey)
	diags.Append(found...)
	var adopted bool
	err := json.Unmarshal(text, &adopted)
	return len(text) > 0 && (err != nil || adopted)
}
