package events

import (
	"slices"
	"strings"
)

// Grade judges one record, and gives the reasons as sentences.
//
// A call that succeeded starts from the event's base severity. The rules of the
// event then look at the request parameters: the highest that matches holds,
// and one below the base counts only if none at or above it matches. Then come
// the modifiers of single records. What could not be read never lowers a grade:
// parameters that were cut, hidden or left out leave it at the base, and the
// reasons say so; so does a parameter that was sent and whose meaning one record
// does not tell, if it could be as grave as the base. What only other records, the declared state or the user's
// settings would tell changes nothing here.
//
// A call that failed changed nothing and grades as an attempt. Only the root
// user raises that, up to the severity of the event: root is bound by few
// policies, so an attempt of root that failed is rarely an accident of rights.
//
// An event outside the catalogue grades info, and the reason says that nobody
// judged it.
func Grade(rec Record) (Severity, []string) {
	if rec.event == nil {
		return SeverityInfo, withUnreadable(&rec, []string{"Not in the catalogue of risky events, so not judged"})
	}
	var grade grade
	if rec.Failed() {
		grade.attempt(&rec)
	} else {
		grade.success(&rec)
	}
	return grade.severity, withUnreadable(&rec, grade.reasons)
}

// ParametersReadable says whether the request parameters are in the record and
// whole, and those that the event's rules look at can be read. A call that knows
// none has none.
func (r Record) ParametersReadable() bool {
	doubted := r.doubted()
	if r.event == nil || doubted {
		return !doubted
	}
	if r.RequestParameters == nil && len(r.event.Parameters) > 0 {
		return false
	}
	for i := range r.event.Rules {
		if r.event.Rules[i].judge(r.RequestParameters, doubted) == unread {
			return false
		}
	}
	return true
}

// doubted says whether a part of the request parameters was cut or could not be
// understood.
func (r *Record) doubted() bool {
	about := func(path string) bool {
		return strings.HasPrefix(path, "requestParameters") || strings.HasPrefix(path, "record:") // there is more than is listed
	}
	return slices.ContainsFunc(r.Unreadable, about) || slices.ContainsFunc(r.Truncated, about)
}

// grade is a grade while it is made. It does not hold the record, which would
// then be copied to the heap.
type grade struct {
	severity Severity
	reasons  []string
}

// say adds a reason.
func (g *grade) say(reason string) { g.reasons = append(g.reasons, reason) }

// attempt grades a call without effect.
func (g *grade) attempt(rec *Record) {
	why := rec.ErrorCode
	if why == "" {
		why = "no error code"
	}
	word := "failed"
	if rec.Denied() {
		word = "was denied"
	}
	g.say("The call " + word + " (" + why + "), so nothing changed")
	g.severity = rec.event.DeniedAttemptSeverity
	if root := catalogue().Modifier("root_actor"); byRoot(rec) && g.severity < rec.event.Severity {
		g.severity = root.Apply(g.severity)
		g.say("One grade higher: " + root.Reason)
	}
}

// success grades a call with effect.
func (g *grade) success(rec *Record) {
	g.severity = rec.event.Severity
	g.reasons = make([]string, 0, 4)
	g.say(rec.event.SeverityReason)
	if len(rec.event.Rules) > 0 {
		g.applyRules(rec)
	}
	for i := range catalogue().applied {
		modifier := &catalogue().applied[i]
		if !applies(modifier.ID, rec) {
			continue
		}
		switch moved := modifier.Apply(g.severity); {
		case moved > g.severity:
			g.say("One grade higher: " + modifier.Reason)
			g.severity = moved
		case moved < g.severity:
			g.say("One grade lower: " + modifier.Reason)
			g.severity = moved
		}
	}
}

// applyRules moves the grade by the request parameters.
func (g *grade) applyRules(rec *Record) {
	doubted := rec.doubted()
	var few [8]verdict // more rules than any event has: no allocation
	verdicts := few[:0]
	held, lighter := doubted, Severity(0)
	for i := range rec.event.Rules {
		rule := &rec.event.Rules[i]
		got := rule.judge(rec.RequestParameters, doubted)
		verdicts = append(verdicts, got)
		switch {
		case got == matched && rule.Severity >= rec.event.Severity:
			held, g.severity = true, max(g.severity, rule.Severity)
		case got == matched:
			lighter = max(lighter, rule.Severity)
		case got == unread, got == undecided && rule.Op == OpChanged && rule.Severity >= rec.event.Severity:
			held = true
		}
	}
	if !held && lighter > 0 {
		g.severity = lighter
	}
	g.explain(rec, verdicts)
}

// explain says which rules counted, and what could not be decided.
func (g *grade) explain(rec *Record, verdicts []verdict) {
	if rec.RequestParameters == nil && slices.Contains(verdicts, unread) {
		g.say("The request parameters are not in the record, so they were not judged")
	}
	told := len(g.reasons)
	for i, got := range verdicts {
		rule := &rec.event.Rules[i]
		switch {
		case got == matched && (rule.Severity >= rec.event.Severity || rule.Severity == g.severity):
			g.say("The parameters make it " + rule.Severity.String() + ": " + rule.Why)
		case got == undecided && rule.Severity > g.severity:
			g.say("The record alone does not tell whether it is " + rule.Severity.String() + ": " + rule.Why)
		case got == unread && rec.RequestParameters != nil:
			reason := "Not readable in the record, so not judged: " + rule.Path
			if !slices.Contains(g.reasons[told:], reason) {
				g.say(reason)
			}
		}
	}
}

// withUnreadable appends what could not be read of a record.
func withUnreadable(rec *Record, reasons []string) []string {
	for _, what := range rec.Unreadable {
		reasons = append(reasons, "Not readable in the record: "+what)
	}
	return reasons
}
