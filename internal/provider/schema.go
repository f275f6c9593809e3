package provider

import (
	"context"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var (
	accountIDForm   = regexp.MustCompile(`^\d{12}$`)
	accountNameForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	roleARNForm     = regexp.MustCompile(`^arn:[a-z-]+:iam::\d{12}:role/.+$`)
	roleNameForm    = regexp.MustCompile(`^[\w+=,.@/-]+$`)
	urlForm         = regexp.MustCompile(`^https?://[^/\s]+`)
	productForm     = regexp.MustCompile(`^[^\s/()]+(/[^\s()]+)?( \([^()]+\))?$`)
)

// Schema is the provider block. Credentials have the names and meanings of
// hashicorp/aws; every argument may be an ephemeral value.
func (p *Provider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	attributes := credentialAttributes()
	maps.Copy(attributes, guardAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Keeps the identity guardrails of AWS accounts in place, and tells every plan what was " +
			"removed, when and by whom.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"assume_role":                   assumeRoleBlock(),
			"assume_role_with_web_identity": webIdentityBlock(),
			"default_tags":                  defaultTagsBlock(),
			"endpoints":                     endpointsBlock(),
		},
	}
}

func credentialAttributes() map[string]schema.Attribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description}
	}
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
	}
	secret := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: description}
	}
	files := func(description string) schema.ListAttribute {
		return schema.ListAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"region": text("Region of regional resources that name none. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, " +
			"or the profile's region."),
		"profile":                  text("Profile of the shared configuration. Default: `AWS_PROFILE`."),
		"access_key":               secret("Access key ID. Default: `AWS_ACCESS_KEY_ID`. Better left to the environment."),
		"secret_key":               secret("Secret access key. Default: `AWS_SECRET_ACCESS_KEY`."),
		"token":                    secret("Session token of temporary credentials. Default: `AWS_SESSION_TOKEN`."),
		"shared_config_files":      files("Paths of shared configuration files. Default: `~/.aws/config`."),
		"shared_credentials_files": files("Paths of shared credentials files. Default: `~/.aws/credentials`."),
		"max_retries": schema.Int64Attribute{
			Optional: true, MarkdownDescription: "Attempts of one AWS call. Default `25`.",
			Validators: []validator.Int64{int64validator.AtLeast(1)},
		},
		"retry_mode": schema.StringAttribute{
			Optional: true, MarkdownDescription: "`standard` (default) or `adaptive`.",
			Validators: []validator.String{stringvalidator.OneOf("standard", "adaptive")},
		},
		"http_proxy":       text("URL of a proxy for HTTP. Default: `HTTP_PROXY`."),
		"https_proxy":      text("URL of a proxy for HTTPS. Default: `HTTPS_PROXY`."),
		"no_proxy":         text("Comma-separated hosts that are reached without a proxy. Default: `NO_PROXY`."),
		"insecure":         flag("Skips the verification of TLS certificates, and warns on every plan. Default `false`."),
		"custom_ca_bundle": text("File with additional root certificates. Default: `AWS_CA_BUNDLE`."),
		"use_fips_endpoint": flag("Calls the FIPS endpoints. Default: `AWS_USE_FIPS_ENDPOINT`, " +
			"else `false`."),
		"use_dualstack_endpoint": flag("Calls the dual-stack endpoints. Default: `AWS_USE_DUALSTACK_ENDPOINT`, else `false`."),
		"skip_credentials_validation": flag("Accepted for the configuration of hashicorp/aws. iamguard validates " +
			"credentials at their first use and never before."),
		"skip_requesting_account_id": flag(
			"Never asks STS for the caller's account. The account is then unknown, nothing is replaced " +
				"because of it, and credentials of a wrong account are not noticed. Default `false`.",
		),
		"user_agent": schema.ListAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Products to append to the user agent, each `name/version (comment)`. CloudTrail records them.",
			Validators: []validator.List{listvalidator.ValueStringsAre(
				stringvalidator.RegexMatches(productForm, "must look like name/version (comment)"))},
		},
	}
}

func guardAttributes() map[string]schema.Attribute { //nolint:funlen // A schema is one literal and reads best whole.
	ids := func(description string) schema.SetAttribute {
		return schema.SetAttribute{
			ElementType: types.StringType, Optional: true, MarkdownDescription: description,
			Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(
				stringvalidator.RegexMatches(accountIDForm, "must be a 12-digit account ID"))},
		}
	}
	return map[string]schema.Attribute{
		"allowed_account_ids": ids("The only accounts to work in. With `account_role_name` they are judged for each account " +
			"that is " +
			"reached; without it the provider's own credentials are judged before anything else."),
		"forbidden_account_ids": ids("Accounts never to work in."),
		"accounts": schema.MapNestedAttribute{
			Optional: true,
			MarkdownDescription: "Other accounts by name, each with the role that reaches it. The role is assumed when a " +
				"resource " +
				"first names the account.",
			Validators: []validator.Map{
				mapvalidator.KeysAre(
					stringvalidator.RegexMatches(accountNameForm, "must be 1 to 64 letters, digits, _ . or -")),
				mapvalidator.KeysAre(notTwelveDigits{}),
			},
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"role_arn": schema.StringAttribute{
					Required: true, MarkdownDescription: "ARN of the role to assume.",
					Validators: []validator.String{stringvalidator.RegexMatches(roleARNForm, "must be the ARN of an IAM role")},
				},
				"external_id": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "External ID that the role asks for.",
				},
				"session_name": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "Name of the session. Default `iamguard`.",
				},
				"region": schema.StringAttribute{
					Optional: true, MarkdownDescription: "Default region in this account. Default: the provider's region.",
				},
			}},
		},
		"account_role_name": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Name (with path) of a role that exists in every account of `allowed_account_ids`, which " +
				"is required " +
				"with it. It reaches each of them, the account of the provider's credentials included.",
			Validators: []validator.String{
				// A bounded repetition in the expression would cost a third of the time to the handshake.
				stringvalidator.LengthBetween(1, 512),
				stringvalidator.RegexMatches(roleNameForm, "must be the name of an IAM role"),
			},
		},
		"account_role_external_id": schema.StringAttribute{
			Optional: true, MarkdownDescription: "External ID that `account_role_name` asks for.",
		},
		"attribute_drift": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Looks up in CloudTrail who made a change that a plan would undo: at most 3 calls a resource, " +
				"none where nothing changed, 20 seconds a plan. Default `true`.",
		},
		"event_regions": schema.MapAttribute{
			ElementType: types.StringType,
			Optional:    true,
			MarkdownDescription: "Region that records the events of a service (`iam`, `organizations`, `account`, `sso`, " +
				"`controltower`), over the " +
				"built-in table: us-east-1, us-gov-west-1, cn-north-1 (Organizations: cn-northwest-1). Required in other " +
				"partitions.",
		},
	}
}

func assumeRoleBlock() schema.Block {
	attributes := sessionAttributes()
	attributes["external_id"] = schema.StringAttribute{Optional: true, MarkdownDescription: "External ID that the role asks for."}
	attributes["source_identity"] = schema.StringAttribute{Optional: true, MarkdownDescription: "Source identity of the session."}
	attributes["tags"] = schema.MapAttribute{
		ElementType: types.StringType, Optional: true, MarkdownDescription: "Tags of the session.",
	}
	attributes["transitive_tag_keys"] = schema.SetAttribute{
		ElementType: types.StringType, Optional: true, MarkdownDescription: "Tags that pass on to the next role.",
	}
	return schema.ListNestedBlock{
		MarkdownDescription: "Role to assume; several blocks are assumed one after the other.",
		NestedObject:        schema.NestedBlockObject{Attributes: attributes},
	}
}

func webIdentityBlock() schema.Block {
	attributes := sessionAttributes()
	attributes["web_identity_token"] = schema.StringAttribute{
		Optional: true, Sensitive: true, MarkdownDescription: "Token of the identity provider.",
	}
	attributes["web_identity_token_file"] = schema.StringAttribute{
		Optional: true, MarkdownDescription: "File with that token.",
		Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	return schema.ListNestedBlock{
		MarkdownDescription: "Role to assume with the token of an OIDC provider.",
		NestedObject:        schema.NestedBlockObject{Attributes: attributes},
		Validators:          []validator.List{listvalidator.SizeAtMost(1)},
	}
}

// sessionAttributes are those that both kinds of assumed role have.
func sessionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"role_arn": schema.StringAttribute{
			Optional: true, MarkdownDescription: "ARN of the role; a block without it is ignored.",
		},
		"session_name": schema.StringAttribute{Optional: true, MarkdownDescription: "Name of the session."},
		"duration": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Life time of the session, such as `1h`; 15 minutes to 12 hours.",
			Validators: []validator.String{durationForm{}},
		},
		"policy": schema.StringAttribute{Optional: true, MarkdownDescription: "Session policy that narrows the role."},
		"policy_arns": schema.SetAttribute{
			ElementType: types.StringType, Optional: true, MarkdownDescription: "ARNs of managed session policies.",
		},
	}
}

func defaultTagsBlock() schema.Block {
	return schema.ListNestedBlock{
		MarkdownDescription: "Tags of every resource, below its own `tags`.",
		Validators:          []validator.List{listvalidator.SizeAtMost(1)},
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"tags": schema.MapAttribute{
				ElementType: types.StringType, Optional: true, MarkdownDescription: "The tags.",
				Validators: []validator.Map{
					mapvalidator.NoNullValues(),
					mapvalidator.KeysAre(framework.TagKeyValidators()...),
					mapvalidator.ValueStringsAre(stringvalidator.LengthAtMost(256)),
				},
			},
		}},
	}
}

func endpointsBlock() schema.Block {
	attributes := map[string]schema.Attribute{}
	for _, name := range account.EndpointNames() {
		attributes[name] = schema.StringAttribute{
			Optional: true, MarkdownDescription: "URL at which " + name + " is called.",
			Validators: []validator.String{stringvalidator.RegexMatches(urlForm, "must be a URL with http or https")},
		}
	}
	return schema.ListNestedBlock{
		MarkdownDescription: "Other URLs for AWS services. `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` are honored " +
			"too. An endpoint " +
			"that is neither Amazon's nor on this machine warns on every plan.",
		NestedObject: schema.NestedBlockObject{Attributes: attributes},
	}
}
