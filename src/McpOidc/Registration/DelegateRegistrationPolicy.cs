namespace McpOidc.Registration;

/// <summary>A policy that calls the delegate given to <c>AddRegistrationPolicy</c>.</summary>
internal sealed class DelegateRegistrationPolicy(Func<RegistrationPolicyRequest, string?> findObjection) : IRegistrationPolicy
{
    public ValueTask<string?> FindObjectionAsync(RegistrationPolicyRequest request, CancellationToken cancellationToken) =>
        new(findObjection(request));
}
