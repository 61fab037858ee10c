package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"spot-tui/aws"
)

func (a *app) iamPolicyCmd() *cobra.Command {
	var part int
	var any, least bool
	c := &cobra.Command{
		Use:   "iam-policy",
		Short: "Print the least-privilege IAM policy for this fleet",
		Long: `Print the least-privilege IAM policy for this fleet: what the configured features
call, bound to the fleet's tag wherever AWS allows that. It asks nobody and changes
nothing. A policy that is larger than IAM takes (6144 characters) is printed in
parts. docs/iam.md explains the statements.`,
		Example: `  spot-tui iam-policy > policy.json
  spot-tui iam-policy --any-fleet --least`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(*cobra.Command, []string) error {
			q, err := a.policyRequest()
			if err != nil {
				return err
			}
			if any {
				q.Fleet = ""
			}
			if least {
				q.Features = without(q.Features, aws.FeatureOptional)
			}
			ps, err := aws.Policies(q)
			if err != nil {
				return err
			}
			if part < 1 || part > len(ps) {
				return usage("--part %d: the policy has %d", part, len(ps))
			}
			if a.flags.json {
				a.printResult(result{Fleet: a.fleetName, Policies: ps})
				return nil
			}
			if len(ps) > 1 {
				fmt.Fprintf(a.env.Stderr, "spot-tui: this is part %d of %d, since IAM takes %d characters per policy; --part prints the others, attach all of them\n", part, len(ps), aws.PolicyLimit)
			}
			return a.printPolicy(ps[part-1])
		}),
	}
	c.Flags().IntVar(&part, "part", 1, "which part, where one policy would be larger than IAM takes")
	c.Flags().BoolVar(&any, "any-fleet", false, "for every fleet, not for the config's only")
	c.Flags().BoolVar(&least, "least", false, "without what spot-tui also does without: on-demand prices, quotas, placement scores")
	return c
}

// policyRequest is what the config's fleet needs. It asks nobody: a config alone
// will do, without credentials.
func (a *app) policyRequest() (aws.PolicyRequest, error) {
	if a.flags.demo != "" {
		s, err := a.open(need{empty: true})
		if err != nil {
			return aws.PolicyRequest{}, err
		}
		defer s.shut()
		return policyOf(s), nil
	}
	s := &session{a: a}
	if err := s.loadSpec(need{}); err != nil {
		return aws.PolicyRequest{}, err
	}
	a.fleetName = s.spec.Name
	return policyOf(s), nil
}

func policyOf(s *session) aws.PolicyRequest {
	return aws.PolicyRequest{Fleet: s.spec.Name, Features: aws.FeaturesOf(s.spec), Network: s.spec.Network, Regions: s.spec.Regions, Profile: s.spec.Profile}
}

func (a *app) printPolicy(p aws.Policy) error {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	a.printf("%s\n", b)
	return nil
}

func without(fs []aws.Feature, drop aws.Feature) []aws.Feature {
	var out []aws.Feature
	for _, f := range fs {
		if f != drop {
			out = append(out, f)
		}
	}
	return out
}
