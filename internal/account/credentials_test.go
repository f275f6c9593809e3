package account_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const hour = time.Hour

// fakeSTS answers AssumeRole as answer says, and GetCallerIdentity with one ARN.
func fakeSTS(tb testing.TB, answer func(role string) (status int, body string), caller string) *httptest.Server {
	tb.Helper()
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, body := http.StatusOK, ""
		switch r.FormValue("Action") {
		case "AssumeRole":
			status, body = answer(r.FormValue("RoleArn"))
		default:
			body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>" + strings.Split(caller, ":")[4] +
				"</Account><Arn>" + caller +
				"</Arn><UserId>A</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>"
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	tb.Cleanup(fake.Close)
	return fake
}

// credentials are an answer of AssumeRole.
func credentials(key string, life time.Duration) string {
	return fmt.Sprintf(
		"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"+
			"<SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials>"+
			"<AssumedRoleUser><Arn>a</Arn><AssumedRoleId>r</AssumedRoleId>"+
			"</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>",
		key,
		time.Now().Add(life).UTC().Format(time.RFC3339),
	)
}

func TestCredentials_areRefreshedBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		life time.Duration
		want int32
	}{"long": {hour, 1}, "within the margin": {4 * time.Minute, 4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := server(t)
			var assumed atomic.Int32
			fake := fakeSTS(t, func(string) (int, string) {
				assumed.Add(1)
				return http.StatusOK, credentials("ASIAROLE000000000001", test.life)
			}, "arn:aws:sts::"+base.ID+":assumed-role/audit/x")
			p := pool(t, base.Admin(), func(s *account.Settings) {
				s.Endpoints["sts"] = fake.URL
				s.Accounts = map[string]account.Role{"self": roleIn(base)}
			})
			reached, err := p.Account(t.Context(), "self")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := reached.CloudTrail(region).DescribeTrails(t.Context(),
					&cloudtrail.DescribeTrailsInput{}); err != nil {
					t.Fatal(err)
				}
			}
			if got := assumed.Load(); got != test.want {
				t.Errorf("the role was assumed %d times, want %d", got, test.want)
			}
		})
	}
}

// A role that can no longer be assumed is an error of STS, and not of the call that
// noticed it: else the advice would name the wrong action.
func TestCredentials_refreshIsDenied(t *testing.T) {
	t.Parallel()
	base := server(t)
	var assumed atomic.Int32
	fake := fakeSTS(t, func(string) (int, string) {
		if assumed.Add(1) > 2 {
			return http.StatusForbidden, "<ErrorResponse><Error><Code>AccessDenied</Code>" +
				"<Message>no more</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
		}
		return http.StatusOK, credentials("ASIAROLE000000000001", time.Minute)
	}, "arn:aws:sts::"+base.ID+":assumed-role/audit/x")
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.Endpoints["sts"] = fake.URL
		s.Accounts = map[string]account.Role{"self": roleIn(base)}
	})
	reached, err := p.Account(t.Context(), "self")
	if err != nil {
		t.Fatal(err)
	}
	_, err = reached.CloudTrail(region).DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
	found := account.AsError(err)
	if !errors.Is(err, account.ErrDenied) || found == nil || found.Action() != "sts:AssumeRole" || found.RequestID != "r-1" {
		t.Errorf("the error is %v", err)
	}
}

func TestCredentials_failuresAreClear(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault localaws.Fault
		class error
		parts []string
	}{
		"expired": {
			localaws.Fault{
				Operation: "GetCallerIdentity", Kind: localaws.Refuse, Code: "ExpiredToken",
				Message: "it expired", Status: 403,
			},
			account.ErrCredentials,
			[]string{"who the credentials belong to", "ExpiredToken", "it expired", "request ID"},
		},
		"not valid": {
			localaws.Fault{Operation: "GetCallerIdentity", Kind: localaws.Refuse, Code: "InvalidClientTokenId", Status: 403},
			account.ErrCredentials,
			[]string{"InvalidClientTokenId"},
		},
		"role denied": {
			localaws.Fault{Operation: "AssumeRole", Kind: localaws.Deny},
			account.ErrDenied,
			[]string{"assuming role arn:aws:iam::", `reach account "self"`, "sts:AssumeRole"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := server(t)
			test.fault.Service = "sts"
			remove := base.Inject(test.fault)
			p := pool(t, base.Admin(), func(s *account.Settings) { s.Accounts = map[string]account.Role{"self": roleIn(base)} })
			_, err := p.Account(t.Context(), "self")
			if !errors.Is(err, test.class) {
				t.Fatal(err)
			}
			expectText(t, err.Error(), test.parts...)
			remove()
			if _, err := p.Account(t.Context(), "self"); err != nil {
				t.Errorf("a failure was kept: %v", err)
			}
		})
	}
}

func TestCredentials_canceled(t *testing.T) {
	t.Parallel()
	base := server(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := pool(t, base.Admin(), nil).Account(ctx, "")
	if !errors.Is(err, context.Canceled) || errors.Is(err, account.ErrUnreachable) {
		t.Errorf("a canceled call says %v", err)
	}
}

func TestCredentials_absent(t *testing.T) { //nolint:paralleltest // Changes the environment.
	isolate(t)
	p := account.NewPool(account.Settings{Base: awsbase.Config{Region: region, SuppressDebugLog: true}}, runtimeOf())
	_, err := p.Account(t.Context(), "")
	if !errors.Is(err, account.ErrCredentials) {
		t.Fatalf("without credentials: %v", err)
	}
	expectText(t, err.Error(), "No valid credential sources")
}

func TestCredentials_assumeRoleChain(t *testing.T) {
	t.Parallel()
	base, middle, last := server(t), server(t), server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.Base.AssumeRole = []awsbase.AssumeRole{
			{RoleARN: roleIn(middle).ARN, SessionName: "one", SourceIdentity: "alice"},
			{RoleARN: roleIn(last).ARN, SessionName: "two", Duration: 30 * time.Minute},
		}
	})
	reached, err := p.Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if reached.CallerARN != "arn:aws:sts::"+last.ID+":assumed-role/audit/two" {
		t.Errorf("the caller is %s", reached.CallerARN)
	}
	second := middle.Calls(localaws.Named("sts:AssumeRole"))
	if count(base, "sts:AssumeRole") == 0 || len(second) == 0 || fmt.Sprint(second[0].Params["DurationSeconds"]) != "1800" {
		t.Errorf("the second role was assumed by %+v", second)
	}
}

// isolate keeps what the machine has configured out of a test.
func isolate(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	empty := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", empty)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", empty)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}
