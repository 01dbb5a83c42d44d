using System.Text.Json.Serialization;

namespace McpOidc.SignIn;

/// <summary>The state of an <see cref="Interaction"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InteractionStep>))]
internal enum InteractionStep
{
    /// <summary>The consent page is shown; nothing has been sent to the identity provider.</summary>
    Consent,

    /// <summary>Consent is given; the page is shown where the user chooses an identity provider.</summary>
    Choose,

    /// <summary>Consent is given; the browser is at the identity provider.</summary>
    SignIn,

    /// <summary>The user may not sign in; the page that says so is shown.</summary>
    Refused,

    /// <summary>Decided: <c>/authorize</c> may answer the client, with a code or with an error.</summary>
    Decided,
}
