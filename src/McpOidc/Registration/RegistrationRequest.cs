using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration;

/// <summary>Reads client metadata: bounded, strict JSON, checked, and with errors that name the member.</summary>
internal static class RegistrationRequest
{
    private const int MaximumRead = 64 * 1024;

    // It lies in the store for days, whoever sent it.
    private const int MaximumBytes = 8 * 1024;

    public static async Task<(ClientMetadata? Metadata, RegistrationError? Error)> ReadAsync(
        HttpRequest request,
        ClientMetadataValidator validator,
        CancellationToken cancellationToken
    )
    {
        if (!request.HasJsonContentType())
        {
            return (null, RegistrationError.InvalidMetadata("the body must be JSON with Content-Type: application/json"));
        }

        var buffer = new byte[MaximumRead + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > MaximumRead)
        {
            return (null, TooLarge());
        }

        var (sent, problem) = Parse(buffer.AsSpan(0, length));
        if (sent is null)
        {
            return (null, problem);
        }

        // A member that is too long says more than that all together are. What is cut of the scopes is not kept.
        var (metadata, error) = validator.Validate(sent);
        var kept = length - (sent.Scope?.Length ?? 0) + (metadata?.Scope?.Length ?? 0);
        return metadata is not null && kept > MaximumBytes ? (null, TooLarge()) : (metadata, error);
    }

    private static RegistrationError TooLarge() => RegistrationError.InvalidMetadata($"the body is larger than {MaximumBytes} bytes");

    public static (ClientMetadata? Metadata, RegistrationError? Error) Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RegistrationJson.Default.ClientMetadata) is { } metadata
                ? (metadata, null)
                : (null, RegistrationError.InvalidMetadata("the body must be a JSON object"));
        }
        catch (JsonException exception)
        {
            // The path is made of member names; a name that is not ours could be anything and is not repeated.
            var member = exception.Path?.TrimStart('$', '.').Split('[', '.')[0];
            return (
                null,
                IsKnown(member)
                    ? Describe(member!)
                    : RegistrationError.InvalidMetadata("the body is not a valid JSON object, or names a member twice")
            );
        }
    }

    private static bool IsKnown(string? member) =>
        member is not null && RegistrationJson.Default.ClientMetadata.Properties.Any(property => property.Name == member);

    private static RegistrationError Describe(string member) =>
        member == "redirect_uris"
            ? RegistrationError.InvalidRedirectUri("redirect_uris must be an array of strings")
            : RegistrationError.InvalidMetadata($"{member} has the wrong type");
}
