// Package cmd is the command line.
package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// New returns the command.
func New() *cobra.Command {
	return &cobra.Command{
		Use:          "tally [TEXT...]",
		Short:        "Count words",
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			text := strings.Join(args, " ")
			if len(args) == 0 {
				read, err := io.ReadAll(cmd.InOrStdin())
				if err != nil {
					return err
				}
				text = string(read)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "Words counted: %d\n", len(strings.Fields(text)))
			return err
		},
	}
}
