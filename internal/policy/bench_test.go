package policy_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// The size of the account that is measured.
const (
	benchUsers    = 1000
	benchGroups   = 200
	benchPolicies = 2000
)

// benchAccount is an account on parsed data.
type benchAccount struct {
	members [][]int // of groups
	groups  [][]int // of users
	held    [][]int // policies of groups
	own     [][]int // policies of users
	sources []policy.Source
}

// newBenchAccount makes an account: each user in three groups and with a policy of its
// own, each group with seven policies, every third group with a Deny among them.
func newBenchAccount(b *testing.B) benchAccount {
	b.Helper()
	r := rand.New(rand.NewPCG(23, 29))
	a := benchAccount{
		members: make([][]int, benchGroups), groups: make([][]int, benchUsers),
		held: make([][]int, benchGroups), own: make([][]int, benchUsers),
	}
	for i := range benchPolicies {
		document, err := policy.Parse(one(benchStatements(r, i)))
		if err != nil {
			b.Fatal(err)
		}
		a.sources = append(a.sources, policy.NewSource(fmt.Sprint("policy ", i), document))
	}
	for u := range benchUsers {
		a.own[u] = []int{r.IntN(benchPolicies)}
		for range 3 {
			g := r.IntN(benchGroups)
			a.groups[u] = append(a.groups[u], g)
			a.members[g] = append(a.members[g], u)
		}
	}
	for g := range benchGroups {
		for range 7 {
			a.held[g] = append(a.held[g], r.IntN(benchPolicies))
		}
	}
	return a
}

// benchStatements returns the statements of one policy; one of twenty is a Deny.
func benchStatements(r *rand.Rand, i int) string {
	switch {
	case i%40 == 0:
		return mfaRequired
	case i%40 == 1:
		return `"Effect":"Deny","Action":["iam:*","cloudtrail:*"],"Resource":"*",` +
			`"Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`
	case i%50 == 2:
		return wholeIAM
	}
	services := []string{"s3", "ec2", "lambda", "dynamodb", "sqs", "glue", "ecs", "ssm", "iam", "states"}
	text := ""
	for k := range 1 + r.IntN(3) {
		if k > 0 {
			text += "},{"
		}
		service := services[r.IntN(len(services))]
		text += fmt.Sprintf(`"Effect":"Allow","Action":["%[1]s:Get*","%[1]s:List*","%[1]s:Create%[2]d*","%[1]s:Update*"],`+
			`"Resource":["arn:aws:%[1]s:*:111122223333:*/team-%[2]d/*","arn:aws:%[1]s:::team-%[2]d-*"]`, service, r.IntN(100))
	}
	return text
}

// grants returns what bears on a user, without one of its groups.
func (a benchAccount) grants(user, without int) policy.Grants {
	var g policy.Grants
	for _, p := range a.own[user] {
		g.Policies = append(g.Policies, a.sources[p])
	}
	for _, group := range a.groups[user] {
		if group == without {
			continue
		}
		for _, p := range a.held[group] {
			g.Policies = append(g.Policies, a.sources[p])
		}
	}
	return g
}

// BenchmarkCompare_account measures the impact of every member leaving every group, in an
// account of 1,000 users, 200 groups and 2,000 policies. The bound is 2 s.
func BenchmarkCompare_account(b *testing.B) {
	account := newBenchAccount(b)
	for b.Loop() {
		impacts, denies, regained := 0, 0, 0
		for group, members := range account.members {
			for _, user := range members {
				name := fmt.Sprint("user-", user)
				loss := policy.Compare(account.grants(user, -1), account.grants(user, group), policy.Context{Values: map[string][]string{
					"aws:username": {name}, "aws:PrincipalArn": {"arn:aws:iam::111122223333:user/" + name},
				}})
				impacts++
				denies += min(1, len(loss.Denies))
				regained += min(1, len(loss.Escalations)+len(loss.Unsettled))
			}
		}
		if denies < impacts/10 || regained == 0 {
			b.Fatalf("of %d impacts %d lose a Deny and %d regain an escalation", impacts, denies, regained)
		}
		b.ReportMetric(float64(impacts), "impacts")
		b.ReportMetric(float64(denies), "denies")
		b.ReportMetric(float64(regained), "regained")
	}
}

// BenchmarkNewSource measures reading the policies of that account once.
func BenchmarkNewSource(b *testing.B) {
	account := newBenchAccount(b)
	for b.Loop() {
		for _, s := range account.sources {
			policy.NewSource(s.Label, s.Document)
		}
	}
}
