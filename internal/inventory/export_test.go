package inventory

// ParseReport reads the text of a credential report.
var ParseReport = parseReport
