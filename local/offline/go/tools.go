//go:build tools

// Package tools names what this module exists for, so that `go mod tidy` keeps it: the Pulumi CLI.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
