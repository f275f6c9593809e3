package provider

import (
	"context"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// defaultMaxRetries is hashicorp/aws's default.
const defaultMaxRetries = 25

// decoder reads collections of the block, leaving out what is not known yet.
type decoder struct {
	ctx     context.Context //nolint:containedctx // Lives for one call of settings.
	unknown map[string]bool
	diags   *diag.Diagnostics
}

// settings turns the block into plain Go. An argument that is not wholly known is
// named in Unknown and left at its zero value.
func (m model) settings(ctx context.Context, version string, diags *diag.Diagnostics) account.Settings {
	d := decoder{ctx: ctx, unknown: map[string]bool{}, diags: diags}
	for name, value := range m.values() {
		if !isKnown(ctx, value) {
			d.unknown[name] = true
		}
	}
	settings := account.Settings{
		Base:                    m.base(version),
		SkipRequestingAccountID: m.SkipAccountID.ValueBool(),
		AccountRoleName:         m.AccountRoleName.ValueString(),
		AccountRoleExternalID:   m.AccountRoleExternalID.ValueString(),
		Accounts:                d.accounts(m.Accounts),
		Endpoints:               d.endpoints(m.Endpoints),
		DefaultTags:             d.defaultTags(m.DefaultTags),
		SkipAttribution:         !m.AttributeDrift.IsNull() && !m.AttributeDrift.IsUnknown() && !m.AttributeDrift.ValueBool(),
		Unknown:                 d.unknown,
	}
	d.read("allowed_account_ids", m.AllowedAccountIDs, &settings.AllowedAccountIDs)
	d.read("forbidden_account_ids", m.ForbiddenAccountIDs, &settings.ForbiddenAccountIDs)
	d.read("event_regions", m.EventRegions, &settings.EventRegions)
	d.read("shared_config_files", m.SharedConfigFiles, &settings.Base.SharedConfigFiles)
	d.read("shared_credentials_files", m.SharedCredentialsFiles, &settings.Base.SharedCredentialsFiles)
	settings.Base.AssumeRole = d.assumedRoles(m.AssumeRole)
	settings.Base.AssumeRoleWithWebIdentity = d.webIdentity(m.AssumeRoleWithWebIdentity)
	settings.Base.UserAgent = d.userAgent(m.UserAgent)
	return settings
}

func isKnown(ctx context.Context, value attr.Value) bool {
	plain, err := value.ToTerraformValue(ctx)
	return err == nil && plain.IsFullyKnown()
}

// base holds the arguments that are plain values.
func (m model) base(version string) awsbase.Config {
	base := awsbase.Config{
		AccessKey: m.AccessKey.ValueString(),
		APNInfo: &awsbase.APNInfo{PartnerName: "iamguard", Products: []awsbase.UserAgentProduct{
			{
				Name: "terraform-provider-iamguard", Version: version,
				Comment: "+https://github.com/iamguard/terraform-provider-iamguard",
			},
		}},
		CallerName:              "iamguard",
		CallerDocumentationURL:  "https://registry.terraform.io/providers/iamguard/iamguard/latest/docs",
		CustomCABundle:          m.CustomCABundle.ValueString(),
		HTTPProxyMode:           awsbase.HTTPProxyModeSeparate,
		HTTPProxy:               m.HTTPProxy.ValueStringPointer(),
		HTTPSProxy:              m.HTTPSProxy.ValueStringPointer(),
		Insecure:                m.Insecure.ValueBool(),
		MaxRetries:              defaultMaxRetries,
		NoProxy:                 m.NoProxy.ValueString(),
		Profile:                 m.Profile.ValueString(),
		Region:                  m.Region.ValueString(),
		RetryMode:               aws.RetryMode(m.RetryMode.ValueString()),
		SecretKey:               m.SecretKey.ValueString(),
		SkipRequestingAccountId: m.SkipAccountID.ValueBool(),
		Token:                   m.Token.ValueString(),
		UseDualStackEndpoint:    m.UseDualStackEndpoint.ValueBool(),
		UseFIPSEndpoint:         m.UseFIPSEndpoint.ValueBool(),
	}
	if attempts := m.MaxRetries.ValueInt64(); attempts > 0 {
		base.MaxRetries = int(attempts)
	}
	return base
}

// read decodes one known collection into a Go value.
func (d decoder) read(name string, value interface {
	attr.Value
	ElementsAs(ctx context.Context, target any, allowUnhandled bool) diag.Diagnostics
}, target any,
) {
	if !d.unknown[name] && !value.IsNull() {
		d.diags.Append(value.ElementsAs(d.ctx, target, false)...)
	}
}

// accounts reads each entry by itself: a role that is not known yet keeps only
// its own account out of reach.
func (d decoder) accounts(entries types.Map) map[string]account.Role {
	if entries.IsUnknown() {
		d.unknown["accounts"] = true
		return nil
	}
	accounts := make(map[string]account.Role, len(entries.Elements()))
	for name, entry := range entries.Elements() {
		object, ok := entry.(types.Object)
		if !ok || !isKnown(d.ctx, entry) {
			d.unknown[account.UnknownAccountKey(name)] = true
			accounts[name] = account.Role{}
			continue
		}
		text := func(attribute string) string {
			value, ok := object.Attributes()[attribute].(types.String)
			if !ok {
				return ""
			}
			return value.ValueString()
		}
		accounts[name] = account.Role{
			ARN: text("role_arn"), ExternalID: text("external_id"), SessionName: text("session_name"), Region: text("region"),
		}
	}
	return accounts
}

func (d decoder) endpoints(blocks types.List) map[string]string {
	endpoints := map[string]string{}
	if d.unknown["endpoints"] {
		return endpoints
	}
	for _, block := range blocks.Elements() {
		object, ok := block.(types.Object)
		if !ok {
			continue
		}
		for name, value := range object.Attributes() {
			if address, ok := value.(types.String); ok && address.ValueString() != "" {
				endpoints[name] = address.ValueString()
			}
		}
	}
	return endpoints
}

func (d decoder) defaultTags(blocks types.List) map[string]string {
	var decoded []defaultTagsModel
	d.read("default_tags", blocks, &decoded)
	tags := map[string]string{}
	for _, block := range decoded {
		if !block.Tags.IsNull() {
			d.diags.Append(block.Tags.ElementsAs(d.ctx, &tags, false)...)
		}
	}
	return tags
}

func (d decoder) assumedRoles(blocks types.List) []awsbase.AssumeRole {
	var decoded []assumeRoleModel
	d.read("assume_role", blocks, &decoded)
	var roles []awsbase.AssumeRole
	for _, role := range decoded {
		if role.RoleARN.ValueString() == "" {
			continue
		}
		assumed := awsbase.AssumeRole{
			RoleARN: role.RoleARN.ValueString(), SessionName: role.SessionName.ValueString(), Policy: role.Policy.ValueString(),
			ExternalID: role.ExternalID.ValueString(), SourceIdentity: role.SourceIdentity.ValueString(),
			Duration: durationOf(role.Duration), PolicyARNs: textsOf(role.PolicyARNs),
			TransitiveTagKeys: textsOf(role.TransitiveTagKeys),
		}
		if !role.Tags.IsNull() {
			d.diags.Append(role.Tags.ElementsAs(d.ctx, &assumed.Tags, false)...)
		}
		roles = append(roles, assumed)
	}
	return roles
}

func (d decoder) webIdentity(blocks types.List) *awsbase.AssumeRoleWithWebIdentity {
	var decoded []webIdentityModel
	d.read("assume_role_with_web_identity", blocks, &decoded)
	for _, role := range decoded {
		if role.RoleARN.ValueString() != "" {
			return &awsbase.AssumeRoleWithWebIdentity{
				RoleARN: role.RoleARN.ValueString(), SessionName: role.SessionName.ValueString(),
				Policy:   role.Policy.ValueString(),
				Duration: durationOf(role.Duration), PolicyARNs: textsOf(role.PolicyARNs),
				WebIdentityToken:     role.WebIdentityToken.ValueString(),
				WebIdentityTokenFile: role.WebIdentityTokenFile.ValueString(),
			}
		}
	}
	return nil
}

var productParts = regexp.MustCompile(`^([^\s/()]+)(?:/([^\s()]+))?(?: \(([^()]+)\))?$`)

func (d decoder) userAgent(list types.List) awsbase.UserAgentProducts {
	var products []string
	d.read("user_agent", list, &products)
	var agent awsbase.UserAgentProducts
	for _, product := range products {
		if parts := productParts.FindStringSubmatch(product); parts != nil {
			agent = append(agent, awsbase.UserAgentProduct{Name: parts[1], Version: parts[2], Comment: parts[3]})
		}
	}
	return agent
}

// durationOf reads a duration that the schema has validated; "" is none.
func durationOf(text types.String) time.Duration {
	duration, err := time.ParseDuration(text.ValueString())
	if err != nil {
		return 0
	}
	return duration
}

func textsOf(set types.Set) []string {
	var texts []string
	for _, element := range set.Elements() {
		if text, ok := element.(types.String); ok {
			texts = append(texts, text.ValueString())
		}
	}
	return texts
}
