package history_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// inProcess carries calls to a handler without a socket, so that they can be made in
// a bubble of synctest, where only waiting takes time.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(request *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	p.ServeHTTP(answer, request)
	return answer.Result(), nil
}

// At two calls a second, of which each takes four seconds, a search takes about as
// long as its calls need to be started and the last one to be answered.
func TestReadingPlan_latency(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "") // The SDK would put it into a transport that is not ours.
	server := localaws.Shared(t)
	for name, test := range map[string]struct { //nolint:paralleltest // The environment is set.
		events, most, calls int
		// slack is over the time that the calls need at least.
		slack float64
	}{
		"a busy account":                {events: 30000, most: 50, calls: 36, slack: 1.3},
		"a busy account, one long name": {events: 30000, most: 400, calls: 47, slack: 1.3},
		// Its pages are few, and each is known only from the one before.
		"a source read to its end": {events: 300, most: 1, calls: 12, slack: 1.8},
		"a quiet account":          {events: 10, most: 1, calls: 1, slack: 1.3},
	} {
		t.Run(name, func(t *testing.T) {
			local := server.NewAccount(t, iamRegion)
			names := removalNames(t)
			synctest.Test(t, func(t *testing.T) {
				local.SetClock(time.Now)
				local.SetLookup(localaws.Lookup{Rate: 2})
				mix := localaws.Mix{
					From: time.Now().Add(-24 * time.Hour), To: time.Now().Add(-time.Second),
					Share: map[string]int{iamSource + ":ListUsers": 1}, Exactly: exactly(names, min(50, test.most)),
				}
				mix.Exactly[iamSource+":DetachRolePolicy"] = test.most
				local.Seed(test.events, mix, 1)
				local.Inject(localaws.Fault{Operation: "LookupEvents", Kind: localaws.Latency, Latency: 4 * time.Second})
				admin := local.Admin()
				pool := account.NewPool(account.Settings{
					Base: awsbase.Config{
						AccessKey: admin.AccessKeyID, SecretKey: admin.SecretAccessKey, Region: iamRegion,
						HTTPClient: &http.Client{Transport: inProcess{server}}, SkipRequestingAccountId: true,
					},
					Endpoints: map[string]string{"cloudtrail": server.URL()}, SkipRequestingAccountID: true,
				}, account.Runtime{})
				reached, err := pool.Account(t.Context(), "")
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				found, err := history.SearchNames(t.Context(), reached, iamRegion, names, began.Add(-25*time.Hour), began)
				took := time.Since(began)
				if err != nil || found != 32*min(50, test.most)+test.most {
					t.Errorf("%d events were found: %v", found, err)
				}
				calls := local.Calls(localaws.Named("cloudtrail:LookupEvents"))
				for _, call := range calls {
					if call.Throttled {
						t.Error("a call was throttled")
					}
				}
				least := time.Duration(len(calls)-1)*time.Second/2 + 4*time.Second
				if len(calls) > test.calls || took.Seconds() > test.slack*least.Seconds() {
					t.Errorf("%d calls took %s, where they need %s", len(calls), took, least)
				}
			})
		})
	}
}
