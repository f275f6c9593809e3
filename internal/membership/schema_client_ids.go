package membership

import (
	"context"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Limits of a provider's list; see
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
// and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxClientIDs    = 100
	longestClientID = 255
)

var providerForm = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:oidc-provider/.+$`)

func clientIDsSchema(ctx context.Context) schema.Schema {
	attributes := map[string]schema.Attribute{
		"provider_arn": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "ARN of the OIDC provider, which has to exist. Changing it replaces the resource.",
			Validators: []validator.String{stringvalidator.RegexMatches(providerForm,
				"must be the ARN of an OIDC provider, such as "+
					"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com")},
		},
		"create_date": schema.StringAttribute{
			Computed: true, MarkdownDescription: "When the provider was made (RFC 3339). One of another date is another provider, " +
				"whatever its ARN.",
		},
		"client_ids": schema.SetAttribute{
			ElementType: types.StringType, Required: true,
			MarkdownDescription: "Client IDs, also called audiences, that have to be on the provider's list. Case counts.",
			Validators: []validator.Set{
				setvalidator.SizeBetween(1, maxClientIDs), setvalidator.NoNullValues(),
				setvalidator.ValueStringsAre(stringvalidator.LengthBetween(1, longestClientID)),
			},
		},
		"existing_client_ids": schema.SetAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "Those of `client_ids` that were on the list before; a destroy leaves them there.",
		},
		"exclusive": flag(false, "No other ID is on the list: others are drift, and taken off. With `false` several configurations "+
			"can keep IDs of one provider without a fight."),
		"restore_access": flag(true, "Puts IDs back that somebody took off. With `false` that is an error of the plan."),
		"timeouts":       framework.TimeoutsAttribute(ctx),
	}
	attributes["adopt_existing"] = flag(false, "With `exclusive`, takes over a list that has other IDs and takes them off, instead "+
		"of refusing to.")
	attributes["destroy_adopted"] = flag(false, "A destroy also takes those of `client_ids` off the list that were on it before.")
	maps.Copy(attributes, framework.AccountAttributes())
	return schema.Schema{
		MarkdownDescription: "Keeps client IDs on the list of an IAM OIDC provider, such as that of GitHub Actions. An ID that " +
			"somebody takes off, and a provider that is deleted or made anew, are drift. The provider itself is another resource's.",
		Attributes: attributes,
	}
}
