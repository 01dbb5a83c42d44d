namespace McpOidc.Doctor;

/// <summary>What a check came to.</summary>
public enum DoctorOutcome
{
    /// <summary>It is as it should be.</summary>
    Ok,

    /// <summary>It could not be looked at, because something before it is wrong or not there.</summary>
    Skipped,

    /// <summary>It works, but something is missing or likely to hurt; or it could not be told for sure. The message says which.</summary>
    Warning,

    /// <summary>Somebody cannot sign in, or the server does not start.</summary>
    Problem,
}
