package account_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// everyClass are all the classes that a failed call can have.
var everyClass = []error{
	account.ErrNotFound, account.ErrDenied, account.ErrThrottled, account.ErrAlreadyExists, account.ErrConflict,
	account.ErrPropagation, account.ErrCredentials, account.ErrUnreachable, account.ErrInvalid,
}

func expectClass(t *testing.T, err, want error) {
	t.Helper()
	if err == nil {
		t.Fatal("the call succeeded")
	}
	for _, class := range everyClass {
		if errors.Is(err, class) != errors.Is(want, class) {
			t.Errorf("%v: class %v", err, class)
		}
	}
}

func TestError_classes(t *testing.T) {
	t.Parallel()
	base := server(t)
	reached, err := pool(t, base.Admin(), nil).Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for code, class := range map[string]error{ //nolint:paralleltest // The fault is for the next calls of the account.
		"TrailNotFoundException": account.ErrNotFound, "NoSuchEntity": account.ErrNotFound,
		"PolicyNotFoundException": account.ErrNotFound, "ChildNotFoundException": account.ErrNotFound,
		"DuplicatePolicyAttachmentException": account.ErrAlreadyExists,
		"InsightNotEnabledException":         account.ErrNotFound,
		"AccessDenied":                       account.ErrDenied, "AccessDeniedException": account.ErrDenied,
		"UnauthorizedOperation":        account.ErrDenied,
		"Client.UnauthorizedOperation": account.ErrDenied, "OperationNotPermittedException": account.ErrDenied,
		"ThrottlingException": account.ErrThrottled, "Throttling": account.ErrThrottled,
		"TooManyRequestsException": account.ErrThrottled,
		"RequestLimitExceeded":     account.ErrThrottled, "SlowDown": account.ErrThrottled,
		"TrailAlreadyExistsException": account.ErrAlreadyExists, "EntityAlreadyExists": account.ErrAlreadyExists,
		"BucketAlreadyExists": account.ErrAlreadyExists, "BucketAlreadyOwnedByYou": account.ErrAlreadyExists,
		"ConflictException": account.ErrConflict, "OperationAborted": account.ErrConflict,
		"ConcurrentModification":                account.ErrConflict,
		"InsufficientS3BucketPolicyException":   account.ErrPropagation,
		"InsufficientEncryptionPolicyException": account.ErrPropagation,
		"KmsKeyNotFoundException":               account.ErrPropagation, "S3BucketDoesNotExistException": account.ErrPropagation,
		"InvalidCloudWatchLogsRoleArnException": account.ErrPropagation, "InvalidSnsTopicNameException": account.ErrInvalid,
		"ExpiredToken": account.ErrCredentials, "ExpiredTokenException": account.ErrCredentials,
		"InvalidClientTokenId":        account.ErrCredentials,
		"UnrecognizedClientException": account.ErrCredentials, "SignatureDoesNotMatch": account.ErrCredentials,
		"InvalidToken":    account.ErrCredentials,
		"InternalFailure": nil, "ValidationException": nil, "InvalidTrailNameException": nil, "NotFoundButNotReally": nil,
		// A bucket or key that a trail names is not the trail.
		"CloudTrailARNInvalidException": nil,
	} {
		t.Run(code, func(t *testing.T) {
			remove := base.Inject(localaws.Fault{
				Service:   "cloudtrail",
				Operation: "GetTrail",
				Kind:      localaws.Refuse,
				Code:      code,
				Message:   "as AWS words it",
				Status:    http.StatusBadRequest,
			})
			defer remove()
			_, err := reached.CloudTrail(region).GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: new("main")})
			expectClass(t, err, class)
			found := account.AsError(err)
			if found.Action() != "cloudtrail:GetTrail" || found.AccountID != base.ID || found.Region != region ||
				found.RequestID == "" {
				t.Errorf("the error is %+v", found)
			}
			expectText(t, err.Error(), "as AWS words it", found.RequestID)
		})
	}
}

// AWS throttles LookupEvents with HTTP 400; the SDK has to try again.
func TestError_throttlingIsRetried(t *testing.T) {
	t.Parallel()
	base := server(t)
	reached, err := pool(t, base.Admin(), nil).Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	base.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Nth: 1, Count: 2, Kind: localaws.Throttle})
	if _, err := reached.CloudTrail(region).LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{}); err != nil {
		t.Errorf("two throttled attempts of three ended the call: %v", err)
	}
	base.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Kind: localaws.Throttle})
	_, err = reached.CloudTrail(region).LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{})
	expectClass(t, err, account.ErrThrottled)
	base.Inject(localaws.Fault{Service: "cloudtrail", Operation: "GetTrail", Kind: localaws.Deny})
	before := count(base, "cloudtrail:GetTrail")
	_, err = reached.CloudTrail(region).GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: new("main")})
	expectClass(t, err, account.ErrDenied)
	if made := count(base, "cloudtrail:GetTrail") - before; made != 1 {
		t.Errorf("a denied call was made %d times", made)
	}
}

func TestError_typedErrorsStayReachable(t *testing.T) {
	t.Parallel()
	base := server(t)
	reached, err := pool(t, base.Admin(), nil).Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = reached.CloudTrail(region).GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: new("absent")})
	if _, ok := errors.AsType[*types.TrailNotFoundException](err); !ok || !account.CodeIs(err, "TrailNotFoundException") {
		t.Error(err)
	}
	if account.CodeIs(errors.New("other"), "TrailNotFoundException") || account.AsError(nil) != nil {
		t.Error("an error of ours has a code of AWS")
	}
	_, err = reached.S3(region).GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: new("absent-" + base.ID)})
	expectClass(t, err, account.ErrNotFound)
	if found := account.AsError(err); found.Action() != "s3:GetEncryptionConfiguration" || found.RequestID == "" {
		t.Errorf("the error is %+v", found)
	}
}

func TestError_unreachable(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	ended := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ended }))
	defer hanging.Close()
	defer close(ended)
	base := server(t)
	for name, url := range map[string]string{"refused": closed.URL, "no such host": "http://host.invalid"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reached, err := pool(t, base.Admin(),
				func(s *account.Settings) { s.Endpoints["cloudtrail"] = url }).Account(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = reached.CloudTrail(region).DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
			expectClass(t, err, account.ErrUnreachable)
		})
	}
	// A call that the caller gave up is not one that got no answer.
	reached, err := pool(
		t,
		base.Admin(),
		func(s *account.Settings) { s.Endpoints["cloudtrail"] = hanging.URL },
	).Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = reached.CloudTrail(region).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	expectClass(t, err, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// A dialer whose attempts time out says "deadline exceeded" as a context does.
func TestError_networkTimeoutIsUnreachable(t *testing.T) { //nolint:paralleltest // Changes the environment.
	isolate(t)
	base := server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.Base.MaxRetries = 1
		s.Base.HTTPClient = &http.Client{
			Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
			}},
		}
	})
	_, err := p.Account(t.Context(), "")
	expectClass(t, err, account.ErrUnreachable)
}
