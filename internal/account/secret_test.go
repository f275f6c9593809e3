package account_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/aws-sdk-go-base/v2/logging"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// logger keeps what the SDK logs.
type logger struct {
	logging.NullLogger

	lines *[]string
}

func (logger) IsDebug(context.Context) bool { return true }

func (l logger) Debug(_ context.Context, text string, fields ...map[string]any) {
	for _, one := range fields {
		for _, name := range slices.Sorted(maps.Keys(one)) {
			if value, ok := one[name].(string); ok {
				text += " " + value
			}
		}
	}
	*l.lines = append(*l.lines, text)
}

func (l logger) SetField(ctx context.Context, _ string, _ any) context.Context { return ctx }

// Whatever logger there is, calls that carry a secret are not written to it, and others
// are.
func TestSecret_notLogged(t *testing.T) {
	t.Parallel()
	in := server(t)
	reached, err := pool(t, in.Admin(), func(s *account.Settings) { s.Base.SuppressDebugLog = false }).Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	client, err := reached.IAM()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	ctx := logging.RegisterLogger(t.Context(), logger{lines: &lines})
	made, err := client.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("d")})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) > 0 || len(made.VirtualMFADevice.Base32StringSeed) == 0 {
		t.Errorf("logged is %q", lines)
	}
	if _, err := client.ListUsers(ctx, &iam.ListUsersInput{}); err != nil {
		t.Fatal(err)
	}
	expectText(t, strings.Join(lines, "\n"), "Action=ListUsers", "ListUsersResponse")
}

// AWS quotes values that it refuses; the rest of the error stays what it is.
func TestRedacted(t *testing.T) {
	t.Parallel()
	in := server(t)
	reached, err := pool(t, in.Admin(), nil).Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	client, err := reached.IAM()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Inject(localaws.Fault{
		Operation: "EnableMFADevice", Kind: localaws.Refuse, Code: "NoSuchEntity", Status: 404, Message: "Value '123456' at x",
	})()
	_, err = client.EnableMFADevice(t.Context(), &iam.EnableMFADeviceInput{
		UserName: aws.String("u"), SerialNumber: aws.String("GAHT12345678"),
		AuthenticationCode1: aws.String("123456"), AuthenticationCode2: aws.String("654321"),
	})
	redacted := account.Redacted(err, "", "123456")
	if !errors.Is(redacted, account.ErrNotFound) || strings.Contains(redacted.Error(), "123456") {
		t.Errorf("the error is %v", redacted)
	}
	expectText(t, redacted.Error(), "iam:EnableMFADevice: NoSuchEntity: Value '(hidden)' at x")
	plain := errors.New("no call of AWS")
	if !errors.Is(account.Redacted(plain, "call"), plain) || !errors.Is(account.Redacted(err, "nothing"), err) ||
		account.Redacted(nil, "x") != nil {
		t.Error("another error is changed")
	}
}
