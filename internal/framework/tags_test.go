package framework_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

type tags = map[string]string

// tagMap is an attribute; nil is null.
func tagMap(tags tags) types.Map {
	if tags == nil {
		return types.MapNull(types.StringType)
	}
	return framework.TextMap(tags)
}

func TestReadTags(t *testing.T) {
	t.Parallel()
	defaults := tags{"team": "sec", "env": "prod"}
	for name, test := range map[string]struct {
		prior, remote, own, all tags
		unknown                 bool
	}{
		"as applied": {
			prior: tags{"a": "1"}, remote: tags{"a": "1", "team": "sec", "env": "prod"}, own: tags{"a": "1"},
			all: tags{"a": "1", "team": "sec", "env": "prod"},
		},
		"null stays null":        {remote: tags{"team": "sec", "env": "prod"}, all: tags{"team": "sec", "env": "prod"}},
		"empty stays empty":      {prior: tags{}, remote: tags{"team": "sec"}, own: tags{}, all: tags{"team": "sec"}},
		"nothing":                {all: tags{}},
		"AWS's own are left out": {remote: tags{"aws:cloudformation:stack-name": "x"}, all: tags{}},
		"somebody added one": {remote: tags{"b": "2", "team": "sec"}, own: tags{"b": "2"}, all: tags{
			"b":    "2",
			"team": "sec",
		}},
		"somebody changed a default": {remote: tags{"team": "ops"}, own: tags{"team": "ops"}, all: tags{"team": "ops"}},
		"somebody removed a default": {prior: tags{"a": "1"}, remote: tags{"a": "1"}, own: tags{"a": "1"}, all: tags{"a": "1"}},
		"own tag equal to the default": {
			prior: tags{"team": "sec"}, remote: tags{"team": "sec"}, own: tags{"team": "sec"},
			all: tags{"team": "sec"},
		},
		"defaults not known": {
			prior: tags{"a": "1"}, remote: tags{"a": "1", "team": "sec"}, own: tags{"a": "1"}, all: tags{
				"a":    "1",
				"team": "sec",
			}, unknown: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := account.Settings{DefaultTags: defaults}
			if test.unknown {
				settings = account.Settings{Unknown: map[string]bool{"default_tags": true}}
			}
			own, all := framework.ReadTags(account.NewPool(settings, account.Runtime{}), tagMap(test.prior), test.remote)
			if !own.Equal(tagMap(test.own)) || !all.Equal(tagMap(test.all)) {
				t.Errorf("read %s and %s", own, all)
			}
		})
	}
}

func TestTagChanges(t *testing.T) {
	t.Parallel()
	set, remove := framework.TagChanges(
		tags{"same": "1", "changed": "1", "z": "1", "gone": "1", "aws:own": "1"}, tags{"same": "1", "changed": "2", "new": ""})
	if !maps.Equal(set, tags{"changed": "2", "new": ""}) || !slices.Equal(remove, []string{"gone", "z"}) {
		t.Errorf("set %v, remove %v", set, remove)
	}
}

// A tag without a value would be planned as "" and refused after the apply.
func TestTagAttributes_noNull(t *testing.T) {
	t.Parallel()
	tags, ok := framework.TagAttributes()["tags"].(schema.MapAttribute)
	if !ok {
		t.Fatal("tags are no map")
	}
	value := types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringNull()})
	var refused bool
	for _, rule := range tags.Validators {
		var resp validator.MapResponse
		rule.ValidateMap(t.Context(), validator.MapRequest{ConfigValue: value}, &resp)
		refused = refused || resp.Diagnostics.HasError()
	}
	if !refused {
		t.Error("a tag without a value is accepted")
	}
}
