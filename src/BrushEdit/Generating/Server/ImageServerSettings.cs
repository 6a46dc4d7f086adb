using System.Security;
using BrushEdit.Planning;

namespace BrushEdit.Generating;

/// <summary>The settings of a server that implements the images/edits interface.</summary>
public sealed record ImageServerSettings
{
    /// <summary>OpenAI's address.</summary>
    public static readonly Uri Usual = new("https://api.openai.com/v1");

    /// <summary>The server's address, without <c>/images/edits</c>; most end in <c>/v1</c>. By default <see cref="Usual"/>.</summary>
    public Uri Endpoint { get; init; } = Usual;

    /// <summary>The model's name on the server; null if the server has only one.</summary>
    public string? Model { get; init; }

    /// <summary>The key; null to read it from <see cref="KeyVariable"/>.</summary>
    public SecureString? Key { get; init; }

    /// <summary>The environment variable that holds the key; null for <c>OPENAI_API_KEY</c>, which is read for OpenAI's own address only.</summary>
    public string? KeyVariable { get; init; }

    /// <summary>The longest wait for one picture.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>The number of retries after a busy server or a broken connection, 0 or more.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>The wait before the first retry; it doubles each time.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The side in pixels of the square that is sent and requested, 256 to 4096: a size that the server accepts.</summary>
    public int Side { get; init; } = 1024;

    /// <summary>Checks address, key and ranges; nothing is sent.</summary>
    /// <returns>The key; null for none.</returns>
    /// <exception cref="EditException">A setting is invalid.</exception>
    internal string? Check()
    {
        ServerAccess.Address(Endpoint);
        bool usual = Endpoint.Host == Usual.Host;
        string? key = ServerAccess.KeyOf(Key, KeyVariable, usual);
        if (key is null && usual)
        {
            throw new EditException(
                EditFault.BadArgument, "The engine Server has no key for OpenAI.", "Set the environment variable OPENAI_API_KEY, name another with -ApiKeyVariable, give -ApiKey, or give another server's -Endpoint.", "Server");
        }

        ServerAccess.RequireSafe(Endpoint, key);
        if (Timeout <= TimeSpan.Zero || Retries < 0 || RetryDelay < TimeSpan.Zero || Side is < 256 or > 4096)
        {
            throw new EditException(EditFault.BadArgument, "A setting of the engine Server is out of range.", "The time limit must be above 0, retries 0 or more, the side 256 to 4096.", Side);
        }

        return key;
    }
}
