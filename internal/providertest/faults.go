package providertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// Lifecycle is what FaultLoop breaks at every call.
type Lifecycle struct {
	// Prepare makes what existed before, which must survive everything.
	Prepare func(tb testing.TB, stage *Stage)
	// Config is applied and destroyed.
	Config func(stage *Stage) string
	// Left lists what Config has made and is still there, from the server's own
	// lists; Survives fails the test if what Prepare made is gone.
	Left     func(tb testing.TB, stage *Stage) []string
	Survives func(tb testing.TB, stage *Stage)
}

// FaultLoop counts the mutating calls of applying and destroying, and then fails
// each of them once, in two ways: refused before it is carried out, and carried
// out with the answer lost. Whatever happens, nothing is tainted, the next apply
// succeeds with an empty plan after it, and destroy leaves nothing behind.
func FaultLoop(t *testing.T, lifecycle Lifecycle) {
	t.Helper()
	applied, destroyed := countMutations(t, lifecycle)
	t.Logf("%d mutating calls in apply, %d in destroy", applied, destroyed)
	for _, kind := range []localaws.Kind{localaws.Deny, localaws.LostAnswer} {
		for k := 1; k <= applied+destroyed; k++ {
			t.Run(fmt.Sprintf("%s call %d", map[localaws.Kind]string{localaws.Deny: "refused", localaws.LostAnswer: "lost"}[kind], k),
				func(t *testing.T) {
					t.Parallel()
					if k <= applied {
						breakApply(t, lifecycle, localaws.Fault{Match: mutates, Nth: k, Kind: kind})
					} else {
						breakDestroy(t, lifecycle, localaws.Fault{Match: mutates, Nth: k - applied, Kind: kind})
					}
				})
		}
	}
}

// mutates keeps the calls that change something in a guarded service.
func mutates(call localaws.Call) bool {
	return !call.ReadOnly && call.Service != "sts"
}

func countMutations(t *testing.T, lifecycle Lifecycle) (applied, destroyed int) {
	t.Helper()
	stage, cli := begin(t, lifecycle)
	cli.Apply(t)
	applied = len(stage.Calls(mutates))
	stage.ResetCalls()
	cli.Must(t, "destroy", "-auto-approve")
	return applied, len(stage.Calls(mutates))
}

func begin(t *testing.T, lifecycle Lifecycle) (*Stage, *CLI) {
	t.Helper()
	stage := NewStage(t)
	if lifecycle.Prepare != nil {
		lifecycle.Prepare(t, stage)
	}
	cli := stage.CLI(t)
	cli.Write(t, lifecycle.Config(stage))
	cli.Must(t, "init")
	stage.ResetCalls()
	return stage, cli
}

func breakApply(t *testing.T, lifecycle Lifecycle, fault localaws.Fault) {
	t.Helper()
	stage, cli := begin(t, lifecycle)
	restore := stage.Inject(fault)
	code, out := cli.Run(t, "apply", "-auto-approve")
	restore()
	if (code == 0) != (fault.Kind == localaws.LostAnswer) {
		t.Errorf("apply with a fault exits with %d:\n%s", code, out)
	}
	for _, resource := range cli.resources(t) {
		if resource.Tainted {
			t.Errorf("%s is tainted:\n%s", resource.Address, out)
		}
	}
	cli.Apply(t)
	cli.ExpectNoChange(t)
	cli.Must(t, "destroy", "-auto-approve")
	lifecycle.assertGone(t, stage)
}

func breakDestroy(t *testing.T, lifecycle Lifecycle, fault localaws.Fault) {
	t.Helper()
	stage, cli := begin(t, lifecycle)
	cli.Apply(t)
	restore := stage.Inject(fault)
	code, out := cli.Run(t, "destroy", "-auto-approve")
	restore()
	if (code == 0) != (fault.Kind == localaws.LostAnswer) {
		t.Errorf("destroy with a fault exits with %d:\n%s", code, out)
	}
	cli.Must(t, "destroy", "-auto-approve")
	lifecycle.assertGone(t, stage)
}

func (l Lifecycle) assertGone(t *testing.T, stage *Stage) {
	t.Helper()
	if left := l.Left(t, stage); len(left) > 0 {
		t.Errorf("left behind: %s", strings.Join(left, ", "))
	}
	if l.Survives != nil {
		l.Survives(t, stage)
	}
}

// ExpectNoChange is a plan with -detailed-exitcode that finds nothing to do.
func (c *CLI) ExpectNoChange(tb testing.TB) {
	tb.Helper()
	if code, out := c.Run(tb, "plan", "-detailed-exitcode"); code != 0 {
		tb.Errorf("the second plan exits with %d:\n%s", code, out)
	}
}
