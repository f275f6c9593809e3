package mfa_test

import (
	"strings"
	"testing"
)

// A configuration that keeps both factors of one user warns; one for another user does
// not.
func TestDevice_bothFactors(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	login := func(user string) string {
		return "resource \"iamguard_login_profile\" \"test\" {\n  user = \"" + user + "\"\n  password_wo = \"Some-Passw0rd-7!\"\n}\n"
	}
	warning := `User "` + deviceUser + `" (` + s.ID + "): password and second factor are kept by one configuration"
	cli := s.ready(s.viaAge())
	cli.Write(t, s.Config(s.body(s.viaAge())+login(deviceUser)))
	deviceSays(t, cli.Must(t, "plan"), warning)
	cli.Write(t, s.Config(s.body(s.viaAge())+login("somebody")))
	if out := cli.Must(t, "plan"); strings.Contains(out, "second factor are kept") {
		t.Errorf("two users are taken for one:\n%s", out)
	}
}
