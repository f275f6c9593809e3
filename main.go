// Command terraform-provider-iamguard serves the provider to Terraform and OpenTofu.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger, and print what to set for Terraform")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version, account.Runtime{}), providerserver.ServeOpts{
		Address: "registry.terraform.io/iamguard/iamguard",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
