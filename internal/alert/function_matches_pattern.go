package alert

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ function.Function = (*MatchesPatternFunction)(nil)

// NewMatchesPatternFunction is matches_pattern.
func NewMatchesPatternFunction() function.Function { return &MatchesPatternFunction{} }

// MatchesPatternFunction tries a pattern on an event.
type MatchesPatternFunction struct{}

// Metadata names the function.
func (f *MatchesPatternFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "matches_pattern"
}

// Definition is the signature.
func (f *MatchesPatternFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Tells whether an EventBridge pattern matches an event",
		MarkdownDescription: "Matches as EventBridge documents it, without asking AWS: exact values, `prefix`, `suffix`, " +
			"`equals-ignore-case`, `wildcard`, `anything-but`, `exists`, `numeric`, `cidr` and `$or`. Another operator, and a " +
			"pattern that EventBridge would refuse, is an error.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "pattern", MarkdownDescription: "The pattern, as JSON."},
			function.StringParameter{
				Name:                "event",
				MarkdownDescription: "The event as EventBridge delivers it, as JSON: the CloudTrail record stands in its `detail`.",
			},
		},
		Return: function.BoolReturn{},
	}
}

// Run blames the argument that cannot be read.
func (f *MatchesPatternFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var pattern, event string
	if resp.Error = req.Arguments.Get(ctx, &pattern, &event); resp.Error != nil {
		return
	}
	parsed, err := events.ParsePattern([]byte(pattern))
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, framework.Sentence(err))
		return
	}
	matches, err := parsed.Match([]byte(event))
	if err != nil {
		resp.Error = function.NewArgumentFuncError(1, framework.Sentence(err))
		return
	}
	resp.Error = resp.Result.Set(ctx, matches)
}
