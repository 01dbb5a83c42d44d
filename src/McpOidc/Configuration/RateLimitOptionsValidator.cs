using System.Net;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Rejects negative limits and invalid networks.</summary>
internal sealed class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>
{
    public ValidateOptionsResult Validate(string? name, RateLimitOptions options)
    {
        (string Setting, int Value)[] limits =
        [
            (nameof(options.RequestsPerClientPerMinute), options.RequestsPerClientPerMinute),
            (nameof(options.RequestsPerUserPerMinute), options.RequestsPerUserPerMinute),
            (nameof(options.RequestsPerGrantPerMinute), options.RequestsPerGrantPerMinute),
            (nameof(options.AuthorizationsPerAddressPerMinute), options.AuthorizationsPerAddressPerMinute),
            (nameof(options.FailuresPerAddressPerMinute), options.FailuresPerAddressPerMinute),
            (nameof(options.FailuresPerClientPerMinute), options.FailuresPerClientPerMinute),
            (nameof(options.WrongUserCodesPerUserPerHour), options.WrongUserCodesPerUserPerHour),
            (nameof(options.EndedRefreshesPerAddressPerMinute), options.EndedRefreshesPerAddressPerMinute),
            (nameof(options.RegistrationsPerAddressPerHour), options.RegistrationsPerAddressPerHour),
            (nameof(options.RegistrationsPerHour), options.RegistrationsPerHour),
            (nameof(options.RegistrationChangesPerClientPerHour), options.RegistrationChangesPerClientPerHour),
            (nameof(options.DocumentFetchesPerAddressPerMinute), options.DocumentFetchesPerAddressPerMinute),
            (nameof(options.StrangersMegabytes), options.StrangersMegabytes),
            (nameof(options.StoredKilobytesPerAddressPerMinute), options.StoredKilobytesPerAddressPerMinute),
            (nameof(options.DocumentFetchesPerMinute), options.DocumentFetchesPerMinute),
        ];
        var problems = limits
            .Where(limit => limit.Value < 0)
            .Select(limit =>
                Describe($"{RateLimitOptions.Section}:{limit.Setting}", $"is {limit.Value}", "Use a positive number, or 0 for no limit.")
            )
            .ToList();
        problems.AddRange(
            options
                .SharedEgress.Index()
                .Where(network => !IPNetwork.TryParse(network.Item, out _))
                .Select(network =>
                    Describe(
                        $"{RateLimitOptions.Section}:{nameof(options.SharedEgress)}:{network.Index}",
                        $"is '{network.Item}', which is not a network in CIDR notation",
                        "Use an address range such as 198.51.100.0/24 or 192.0.2.7/32."
                    )
                )
        );
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
