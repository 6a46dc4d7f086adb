namespace BrushEdit.Installing;

/// <summary>The hub's address and the connection settings; by default from the environment variables that other hub clients read.</summary>
public sealed record HubSettings
{
    /// <summary>The variable that names another address for the hub, such as a mirror.</summary>
    public const string EndpointVariable = "HF_ENDPOINT";

    /// <summary>The variable that contains the access token, for models behind a sign-in.</summary>
    public const string TokenVariable = "HF_TOKEN";

    /// <summary>The variable that forbids going online.</summary>
    public const string OfflineVariable = "HF_HUB_OFFLINE";

    /// <summary>The hub's address.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The access token; sent only to <see cref="Endpoint"/>, never to a host that it redirects to.</summary>
    public string? Token { get; init; }

    /// <summary>Whether network access is forbidden.</summary>
    public bool IsOffline { get; init; }

    /// <summary>The time-out for a connection, for an answer, and for a stalled transfer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many transient faults (a broken connection, a busy server) are tolerated before one is reported; reset after progress.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The first wait before trying again; doubled each time, up to a minute.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The settings of this process's environment.</summary>
    /// <exception cref="EditException"><c>HF_ENDPOINT</c> is not an address.</exception>
    public static HubSettings FromEnvironment()
    {
        HubSettings settings = new()
        {
            Token = Environment.GetEnvironmentVariable(TokenVariable) is { } token && !string.IsNullOrWhiteSpace(token) ? ApiKey.Clean(token, $"The token in the environment variable {TokenVariable}") : null,
            IsOffline = Environment.GetEnvironmentVariable(OfflineVariable)?.Trim().ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
        string? endpoint = Environment.GetEnvironmentVariable(EndpointVariable);
        if (string.IsNullOrWhiteSpace(endpoint))
        {
            return settings;
        }

        return Uri.TryCreate(endpoint.Trim().TrimEnd('/'), UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0
            ? settings with { Endpoint = address }
            : throw new EditException(
                EditFault.BadArgument,
                $"The variable {EndpointVariable} does not hold the address of a hub.",
                "Set it to an address such as https://huggingface.co, or remove it.",
                EndpointVariable);
    }

    /// <summary>Whether an address is the hub's own: the same scheme, host and port.</summary>
    internal bool IsHub(Uri address) =>
        address.Scheme == Endpoint.Scheme && address.Port == Endpoint.Port && address.Host.Equals(Endpoint.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuses to send a token unencrypted over a network, and refuses everything if going online is forbidden.</summary>
    internal void RequireUsable()
    {
        if (IsOffline)
        {
            throw new EditException(
                EditFault.ServiceFailed,
                $"The variable {OfflineVariable} forbids going online.",
                "Remove it for this command, or copy the model's files into the models folder.",
                OfflineVariable);
        }

        if (Token is not null && Endpoint.Scheme == "http" && !Endpoint.IsLoopback)
        {
            throw new EditException(
                EditFault.BadArgument,
                $"The token of {TokenVariable} would go to {Endpoint.Host} unencrypted.",
                $"Use an https address in {EndpointVariable}, or remove {TokenVariable}.",
                Endpoint.Host);
        }
    }
}
