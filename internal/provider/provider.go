package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/accesskey"
	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/alert"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/leastprivilege"
	"github.com/iamguard/terraform-provider-iamguard/internal/membership"
	"github.com/iamguard/terraform-provider-iamguard/internal/mfa"
	"github.com/iamguard/terraform-provider-iamguard/internal/password"
	"github.com/iamguard/terraform-provider-iamguard/internal/trail"
)

var (
	_ provider.Provider                       = (*Provider)(nil)
	_ provider.ProviderWithConfigValidators   = (*Provider)(nil)
	_ provider.ProviderWithFunctions          = (*Provider)(nil)
	_ provider.ProviderWithListResources      = (*Provider)(nil)
	_ provider.ProviderWithActions            = (*Provider)(nil)
	_ provider.ProviderWithEphemeralResources = (*Provider)(nil)
)

// Provider is iamguard's provider block.
type Provider struct {
	version string
	runtime account.Runtime
}

// New returns a factory of the provider at a version. The zero runtime is the
// real clock, sleeper and rates; tests pass others.
func New(version string, runtime account.Runtime) func() provider.Provider {
	return func() provider.Provider {
		return &Provider{version: version, runtime: runtime}
	}
}

// Metadata names the provider.
func (p *Provider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "iamguard"
	resp.Version = p.version
}

// Configure reads the block, warns of foreign endpoints, and asks AWS only where
// one of the two account lists has to be judged.
func (p *Provider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	settings := config.settings(ctx, p.version, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	pool := account.NewPool(settings, p.runtime)
	p.warnOfEndpoints(ctx, pool, settings, resp)
	if settings.AccountRoleName == "" && len(settings.AllowedAccountIDs)+len(settings.ForbiddenAccountIDs) > 0 {
		p.checkAccount(ctx, pool, resp)
	}
	data := &framework.ProviderData{Pool: pool}
	resp.DataSourceData, resp.ResourceData = data, data
	resp.ListResourceData, resp.ActionData, resp.EphemeralResourceData = data, data, data
}

func (p *Provider) warnOfEndpoints(
	ctx context.Context, pool *account.Pool, settings account.Settings, resp *provider.ConfigureResponse,
) {
	if settings.Base.Insecure {
		resp.Diagnostics.AddAttributeWarning(path.Root("insecure"), "TLS certificates are not verified",
			"With insecure = true anybody between this machine and AWS can answer in its place, and say that every "+
				"guardrail is intact.")
	}
	foreign, err := pool.ForeignEndpoints(ctx)
	if err != nil {
		resp.Diagnostics.AddError("Unable to read the shared AWS configuration", err.Error())
		return
	}
	if len(foreign) > 0 {
		resp.Diagnostics.AddWarning("AWS is asked at endpoints that are not Amazon's",
			"Whoever answers there decides what this plan shows: "+framework.Escape(strings.Join(foreign, ", "))+
				".\n\nThey come from the provider's endpoints, from AWS_ENDPOINT_URL variables, or from endpoint_url in the "+
				"shared configuration.")
	}
}

func (p *Provider) checkAccount(ctx context.Context, pool *account.Pool, resp *provider.ConfigureResponse) {
	err := pool.CheckBase(ctx)
	switch {
	case err == nil:
	case errors.Is(err, account.ErrAccountNotAllowed):
		resp.Diagnostics.AddError(
			"Account is not allowed",
			"The provider's credentials belong to an account outside its lists: "+err.Error()+".",
		)
	default:
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to check the account of the provider's credentials", Err: err,
		})
	}
}

// Resources are the guardrails.
func (p *Provider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		trail.NewResource,
		trail.NewLogBucketResource,
		trail.NewLogReaderPolicyResource,
		alert.NewTopicResource,
		alert.NewRuleResource,
		membership.NewClientIDsResource,
		membership.NewGroupResource,
		mfa.NewEnforcementResource,
		password.NewResource,
		password.NewLoginProfileResource,
		mfa.NewDeviceResource,
		accesskey.NewRotationResource,
	}
}

// DataSources explain what they guard.
func (p *Provider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		history.NewRiskyEventsDataSource,
		history.NewEventCatalogDataSource,
		history.NewRemovalImpactDataSource,
		trail.NewDataSource,
		trail.NewCoverageDataSource,
		password.NewDataSource,
		accesskey.NewReportDataSource,
		accesskey.NewSummaryDataSource,
		accesskey.NewKeysDataSource,
		alert.NewHealthDataSource,
		mfa.NewStatusDataSource,
	}
}

// Functions judge what a configuration already holds, and write the policies that
// guardrails need of other resources.
func (p *Provider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		history.NewParseEventFunction,
		history.NewEventRiskFunction,
		alert.NewEventPatternFunction,
		alert.NewEventPatternsFunction,
		alert.NewMatchesPatternFunction,
		password.NewViolationsFunction,
		alert.NewTopicPolicyFunction,
		alert.NewTopicKMSPolicyFunction,
		trail.NewLogBucketPolicyFunction,
		trail.NewLogKMSPolicyFunction,
		trail.NewLogReaderPolicyFunction,
		trail.NewGuardrailSCPFunction,
		mfa.NewPolicyFunction,
		leastprivilege.NewPermissionsFunction,
	}
}

// EphemeralResources are those whose results are in no state.
func (p *Provider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		password.NewEphemeral,
	}
}

// ListResources find what could be guarded. Each has the name of its resource.
func (p *Provider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		trail.NewListResource,
		trail.NewLogBucketListResource,
		trail.NewLogReaderPolicyListResource,
		alert.NewTopicListResource,
		alert.NewRuleListResource,
		membership.NewClientIDsListResource,
		membership.NewGroupListResource,
		mfa.NewEnforcementListResource,
		password.NewListResource,
		password.NewLoginProfileListResource,
		mfa.NewDeviceListResource,
		accesskey.NewRotationListResource,
	}
}

// Actions do one thing once.
func (p *Provider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		trail.NewStartLoggingAction,
		alert.NewTestAlertAction,
		mfa.NewEnableDeviceAction,
		password.NewRequireResetAction,
		accesskey.NewDeactivateAction,
		history.NewUndoRemovalAction,
	}
}
