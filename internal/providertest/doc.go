// Package providertest runs the provider in real Terraform against the local
// AWS. It is linked into tests only.
//
// Each test has an account of its own ([NewStage]) and a clock that waiting
// moves: the provider's pacing, retries and time-outs pass without a test that
// sleeps, and the local AWS follows the same clock.
package providertest
