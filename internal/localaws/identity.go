package localaws

import (
	"context"
	"crypto/rand"
	"math/big"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Kinds of userIdentity that the recorder writes.
const (
	typeUser = "IAMUser"
	typeRole = "AssumedRole"
	typeRoot = "Root"
)

const (
	upperAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	digits         = "0123456789"
	mixed          = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// Principal is somebody who calls, with the credentials for it.
type Principal struct {
	// Type is the type of userIdentity: IAMUser, AssumedRole or Root.
	Type string
	// AccountID, ARN and ID are what GetCallerIdentity answers.
	AccountID, ARN, ID string
	// Name is the user, or the session of an assumed role; empty for root.
	Name string
	// SourceIdentity is what AssumeRole was given, if anything.
	SourceIdentity string

	AccessKeyID, SecretAccessKey, SessionToken string

	issuer  issuer
	mfa     bool
	created time.Time
}

// issuer is the role behind a session.
type issuer struct{ arn, id, name string }

// accessKey is what the recorder knows of a key.
type accessKey struct {
	principal Principal
	inactive  bool
	// made is when CreateAccessKey made it, by the clock of the account.
	made time.Time
	use  keyUse
}

// Admin is an IAM user "deployer" with all rights.
func (a *Account) Admin() Principal { return a.User("deployer") }

// User is a synthetic IAM user: its key is known to the recorder, but no object is made in the account, so that a test can
// still assert that the account is empty. The same name gives the same principal.
func (a *Account) User(name string) Principal {
	return a.synthetic("user/"+name, func() Principal {
		return Principal{
			Type: typeUser, ARN: "arn:" + a.partition() + ":iam::" + a.ID + ":user/" + name,
			ID: "AIDA" + randomText(16, upperAndDigits), Name: name, AccessKeyID: "AKIA" + randomText(16, upperAndDigits),
		}
	})
}

// AssumedRole is a synthetic session of a role of this account; no role is made.
func (a *Account) AssumedRole(role, session string) Principal {
	return a.synthetic("role/"+role+"/"+session, func() Principal {
		return assumed(a.partition(), a.ID, role, "", session)
	})
}

// Root is the account's root user, with an access key.
func (a *Account) Root() Principal {
	return a.synthetic("root", func() Principal {
		return Principal{
			Type: typeRoot, ARN: "arn:" + a.partition() + ":iam::" + a.ID + ":root", ID: a.ID,
			AccessKeyID: "AKIA" + randomText(16, upperAndDigits),
		}
	})
}

func (a *Account) synthetic(key string, build func() Principal) Principal {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, known := a.principals[key]
	if !known {
		p = a.server.issue(a.ID, build())
		a.principals[key] = p
	}
	return p
}

func assumed(partition, account, role, path, session string) Principal {
	id := "AROA" + randomText(16, upperAndDigits)
	return Principal{
		Type: typeRole, AccountID: account, Name: session, ID: id + ":" + session,
		ARN:          "arn:" + partition + ":sts::" + account + ":assumed-role/" + role + "/" + session,
		AccessKeyID:  "ASIA" + randomText(16, upperAndDigits),
		SessionToken: randomText(120, mixed),
		issuer:       issuer{arn: "arn:" + partition + ":iam::" + account + ":role/" + path + role, id: id, name: role},
	}
}

// issue completes a principal and makes its key valid.
func (s *Server) issue(account string, p Principal) Principal {
	p.AccountID = account
	p.created = s.options.Clock().UTC()
	if p.SecretAccessKey == "" {
		p.SecretAccessKey = randomText(40, mixed)
	}
	s.keyLock.Lock()
	defer s.keyLock.Unlock()
	s.keys[p.AccessKeyID] = &accessKey{principal: p}
	return p
}

// caller resolves an access key. A key that was never seen is an IAM user of the default account named by the key.
func (s *Server) caller(key string) (p Principal, active bool) {
	s.keyLock.Lock()
	defer s.keyLock.Unlock()
	if known := s.keys[key]; known != nil {
		return known.principal, !known.inactive
	}
	name := key
	if name == "" {
		name = "anonymous"
	}
	return Principal{
		Type: typeUser, AccountID: DefaultAccount, Name: name, AccessKeyID: key,
		ARN: "arn:aws:iam::" + DefaultAccount + ":user/" + name, ID: "AIDA" + strings.ToUpper(name),
	}, true
}

func (s *Server) setKey(key string, change func(*accessKey)) {
	s.keyLock.Lock()
	defer s.keyLock.Unlock()
	if known := s.keys[key]; known != nil {
		change(known)
	}
}

// Config is an SDK configuration for this account, its region and these credentials.
func (a *Account) Config(p Principal) aws.Config {
	return aws.Config{
		Region:       a.Region,
		BaseEndpoint: aws.String(a.server.url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID: p.AccessKeyID, SecretAccessKey: p.SecretAccessKey, SessionToken: p.SessionToken,
				AccountID: p.AccountID, Source: "localaws",
			}, nil
		}),
	}
}

// Env is what the AWS CLI, Terraform or an SDK in a subprocess needs to call here as p.
func (a *Account) Env(p Principal) []string {
	env := []string{
		"AWS_ENDPOINT_URL=" + a.server.url,
		"AWS_REGION=" + a.Region,
		"AWS_DEFAULT_REGION=" + a.Region,
		"AWS_ACCESS_KEY_ID=" + p.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + p.SecretAccessKey,
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=",
	}
	if p.SessionToken != "" {
		env = append(env, "AWS_SESSION_TOKEN="+p.SessionToken)
	}
	return env
}

// Environ is the environment of this process without any AWS_ variable, plus [Account.Env]: the whole environment of a
// subprocess that must never reach a real account.
func (a *Account) Environ(p Principal) []string {
	return append(withoutPrefixes(os.Environ(), "AWS_"), a.Env(p)...)
}

func (a *Account) partition() string { return partitionOf(a.Region) }

func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

func randomText(n int, alphabet string) string {
	text := make([]byte, n)
	for i := range text {
		at, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err)
		}
		text[i] = alphabet[at.Int64()]
	}
	return string(text)
}

func randomDigits(n int) string {
	return randomText(1, digits[1:]) + randomText(n-1, digits)
}
