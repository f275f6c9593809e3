package localaws

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// oidcHandlers are the calls about OIDC providers that moto lacks, or that have to hide how the recorder makes up for it.
var oidcHandlers = map[string]handler{
	"iam:AddClientIDToOpenIDConnectProvider":      (*exchange).changeClientIDs,
	"iam:RemoveClientIDFromOpenIDConnectProvider": (*exchange).changeClientIDs,
	"iam:GetOpenIDConnectProvider":                (*exchange).provider,
	"iam:DeleteOpenIDConnectProvider":             (*exchange).deleteProvider,
}

// oidcProviders are when the providers of an account were made, where moto has another date because one was made again.
type oidcProviders struct {
	mu   sync.Mutex
	made map[string]string
}

// keep remembers the first date.
func (o *oidcProviders) keep(arn, date string) {
	if o.made == nil {
		o.made = map[string]string{}
	}
	if o.made[arn] == "" {
		o.made[arn] = date
	}
}

// provider answers with the date at which the client made the provider.
func (x *exchange) provider() (*answer, error) {
	a, err := x.forward()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	x.account.oidc.mu.Lock()
	date := x.account.oidc.made[x.form.Get("OpenIDConnectProviderArn")]
	x.account.oidc.mu.Unlock()
	if date == "" {
		return a, nil
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	if found := tree.find("GetOpenIDConnectProviderResult", "CreateDate"); found != nil {
		found.text = date
	}
	return &answer{status: a.status, header: a.header, body: tree.render()}, nil
}

// deleteProvider forgets the date, so that the next provider of that ARN has its own.
func (x *exchange) deleteProvider() (*answer, error) {
	x.account.oidc.mu.Lock()
	maps.DeleteFunc(x.account.oidc.made, func(arn, _ string) bool { return arn == x.form.Get("OpenIDConnectProviderArn") })
	x.account.oidc.mu.Unlock()
	return x.forward()
}

// changeClientIDs does what moto lacks: both calls are idempotent, and the ARN stays. moto can make a provider only whole,
// so it is deleted and made again, with its tags.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
func (x *exchange) changeClientIDs() (*answer, error) {
	arn, id := x.form.Get("OpenIDConnectProviderArn"), x.form.Get("ClientID")
	if id == "" || len(id) > 255 {
		return nil, refuse("ValidationError", "Value '%s' at 'clientID' failed to satisfy constraint", id)
	}
	x.account.oidc.mu.Lock()
	defer x.account.oidc.mu.Unlock()
	now, err := x.askIAM("GetOpenIDConnectProvider", "OpenIDConnectProviderArn", arn)
	if err != nil {
		return nil, err
	}
	if now == nil {
		return nil, fail(http.StatusNotFound, "NoSuchEntity", "OpenIDConnect Provider not found for arn %s", arn)
	}
	ids := members(now.find("ClientIDList"))
	has := slices.Contains(ids, id)
	if x.call.Operation == "AddClientIDToOpenIDConnectProvider" {
		if has {
			return x.answerQuery(iamNamespace)
		}
		if len(ids) >= 100 {
			return nil, fail(http.StatusConflict, "LimitExceeded",
				"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")
		}
		ids = append(ids, id)
	} else {
		if !has {
			return x.answerQuery(iamNamespace)
		}
		ids = slices.DeleteFunc(ids, func(other string) bool { return other == id })
	}
	if err := x.remakeProvider(arn, ids, now); err != nil {
		return nil, err
	}
	x.account.oidc.keep(arn, now.textAt("CreateDate"))
	return x.answerQuery(iamNamespace)
}

func (x *exchange) remakeProvider(arn string, ids []string, now *node) error {
	params := []string{"Url", "https://" + now.textAt("Url")}
	if strings.Contains(now.textAt("Url"), "://") {
		params[1] = now.textAt("Url")
	}
	for i, id := range ids {
		params = append(params, "ClientIDList.member."+strconv.Itoa(i+1), id)
	}
	for i, thumbprint := range members(now.find("ThumbprintList")) {
		params = append(params, "ThumbprintList.member."+strconv.Itoa(i+1), thumbprint)
	}
	if tags := now.find("Tags"); tags != nil {
		for i, tag := range tags.children {
			at := "Tags.member." + strconv.Itoa(i+1)
			params = append(params, at+".Key", tag.textAt("Key"), at+".Value", tag.textAt("Value"))
		}
	}
	if _, err := x.askIAM("DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn", arn); err != nil {
		return err
	}
	made, err := x.askIAM("CreateOpenIDConnectProvider", params...)
	if err == nil && made == nil {
		return fail(http.StatusInternalServerError, "LocalAWSFailure", "moto refused to make the provider again")
	}
	return err
}
