using System.Text.Json.Serialization;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>The stored key ring: all keys are published, and one of them is active.</summary>
internal sealed record SigningKeySet
{
    public required SigningKeyRecord[] Keys { get; init; }

    /// <summary>The active key at a moment.</summary>
    public SigningKeyRecord ActiveAt(DateTimeOffset now) =>
        Keys.Where(key => key.SignsFrom <= now).MaxBy(key => key.SignsFrom) ?? Keys.MinBy(key => key.SignsFrom)!;

    /// <summary>The keys, the active one first.</summary>
    public IEnumerable<SigningKeyRecord> InOrder(DateTimeOffset now)
    {
        var active = ActiveAt(now);
        return Keys.Where(key => key != active).OrderByDescending(key => key.SignsFrom).Prepend(active);
    }

    /// <summary>The rotation due at a moment: a successor for an old key, published before it becomes active, and the removal of keys
    /// whose tokens have all expired.</summary>
    public SigningKeySet Advance(DateTimeOffset now, KeySchedule schedule, Func<string> createKey)
    {
        var active = ActiveAt(now);
        var due =
            schedule.RotationInterval > TimeSpan.Zero
            && !HasSuccessor(active)
            && now >= active.SignsFrom + schedule.RotationInterval - schedule.PublishBefore;
        return (due ? WithSuccessor(now + schedule.PublishBefore, now, createKey) : this).WithoutRetired(now, schedule);
    }

    /// <summary>Adds a key that becomes active at a moment.</summary>
    public SigningKeySet WithSuccessor(DateTimeOffset signsFrom, DateTimeOffset now, Func<string> createKey) =>
        HasSuccessor(ActiveAt(now))
            ? this
            : this with
            {
                Keys =
                [
                    .. Keys,
                    new SigningKeyRecord
                    {
                        Jwk = createKey(),
                        CreatedAt = now,
                        SignsFrom = signsFrom,
                    },
                ],
            };

    /// <summary>Removes a key. If it was active, its successor or a new one becomes active at once.</summary>
    public SigningKeySet Without(SigningKeyRecord dropped, DateTimeOffset now, Func<string> createKey)
    {
        var rest = this with { Keys = [.. Keys.Where(key => key != dropped)] };
        if (dropped != ActiveAt(now))
        {
            return rest;
        }

        var next = Keys.Where(key => key.SignsFrom > dropped.SignsFrom).MinBy(key => key.SignsFrom);
        return next is null
            ? rest with
            {
                Keys =
                [
                    .. rest.Keys,
                    new SigningKeyRecord
                    {
                        Jwk = createKey(),
                        CreatedAt = now,
                        SignsFrom = now,
                    },
                ],
            }
            : rest with
            {
                Keys = [.. rest.Keys.Where(key => key != next), next with { SignsFrom = now }],
            };
    }

    private bool HasSuccessor(SigningKeyRecord active) => Keys.Any(key => key.SignsFrom > active.SignsFrom);

    private SigningKeySet WithoutRetired(DateTimeOffset now, KeySchedule schedule)
    {
        var active = ActiveAt(now);
        SigningKeyRecord[] kept = [.. Keys.Where(key => key.SignsFrom >= active.SignsFrom || RetiredAt(key) + schedule.KeepFor > now)];
        return kept.Length == Keys.Length ? this : this with { Keys = kept };
    }

    private DateTimeOffset RetiredAt(SigningKeyRecord key) =>
        Keys.Where(other => other.SignsFrom > key.SignsFrom).Min(other => other.SignsFrom);
}

/// <summary>The times of key rotation.</summary>
/// <param name="RotationInterval">How long a key is active; zero disables rotation.</param>
/// <param name="PublishBefore">How long a key is published before it becomes active.</param>
/// <param name="KeepFor">How long a key remains published after it was active.</param>
internal sealed record KeySchedule(TimeSpan RotationInterval, TimeSpan PublishBefore, TimeSpan KeepFor);

/// <summary>One signing key.</summary>
internal sealed record SigningKeyRecord
{
    /// <summary>The private JSON Web Key (RFC 7517).</summary>
    public required string Jwk { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it becomes active, until a later one does.</summary>
    public required DateTimeOffset SignsFrom { get; init; }

    /// <summary>The <c>kid</c>.</summary>
    [JsonIgnore]
    public string KeyId => new JsonWebKey(Jwk).Kid;
}
