using System.Security;

namespace BrushEdit.Planning;

/// <summary>Checks the addresses and keys of servers before anything is sent.</summary>
internal static class ServerAccess
{
    /// <summary>Checks that an address is usable.</summary>
    /// <param name="endpoint">The given address.</param>
    /// <exception cref="EditException">It is not an absolute http or https address, or contains a user name.</exception>
    public static Uri Address(Uri endpoint) => endpoint.IsAbsoluteUri && endpoint.Scheme is "http" or "https" && endpoint.UserInfo.Length == 0
        ? endpoint
        : throw new EditException(EditFault.BadArgument, "The endpoint is not an address of a server.", "Give an absolute http or https address without a user name in it, such as http://localhost:8080/v1.", endpoint.IsAbsoluteUri ? endpoint.Host : "endpoint");

    /// <summary>Ensures that a key is never sent over a network unencrypted.</summary>
    /// <param name="endpoint">The address.</param>
    /// <param name="key">The key; null for none.</param>
    /// <exception cref="EditException">The key would be sent unencrypted.</exception>
    public static void RequireSafe(Uri endpoint, string? key)
    {
        if (key is not null && endpoint.Scheme == "http" && !endpoint.IsLoopback)
        {
            throw new EditException(EditFault.BadArgument, $"The key would be sent to {endpoint.Host} unencrypted.", "Use an https address, or omit the key.", endpoint.Host);
        }
    }

    /// <summary>Returns the given key, or the one in an environment variable.</summary>
    /// <param name="given">The key; null to read it from the variable.</param>
    /// <param name="variable">The environment variable; null for <c>OPENAI_API_KEY</c>.</param>
    /// <param name="usual">Whether the address is OpenAI's own: the default key belongs to the default server and is sent to no other.</param>
    /// <exception cref="EditException">The named variable contains no key, or a key is malformed.</exception>
    public static string? KeyOf(SecureString? given, string? variable, bool usual)
    {
        if (given is { Length: > 0 } secure)
        {
            return ApiKey.Clean(ApiKey.Read(secure), "The key");
        }

        if (variable is not null)
        {
            return Environment.GetEnvironmentVariable(variable) is { } named && !string.IsNullOrWhiteSpace(named)
                ? ApiKey.Clean(named, $"The key in {ApiKey.Shown(variable)}")
                : throw new EditException(
                    EditFault.BadArgument, $"{ApiKey.Shown(variable)} contains no key.", "Set it, or give -ApiKey. -ApiKeyVariable takes a variable's name, never the key itself.", "ApiKeyVariable");
        }

        return usual && Environment.GetEnvironmentVariable("OPENAI_API_KEY") is { } key && !string.IsNullOrWhiteSpace(key) ? ApiKey.Clean(key, "The key in the environment variable OPENAI_API_KEY") : null;
    }
}
