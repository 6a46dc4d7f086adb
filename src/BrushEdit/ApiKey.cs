using System.Runtime.InteropServices;
using System.Security;

namespace BrushEdit;

/// <summary>API keys read from files, variables and prompts: cleaned for use in a header, and never shown.</summary>
internal static class ApiKey
{
    /// <summary>Returns the key without surrounding spaces and line breaks.</summary>
    /// <param name="key">The key as it was read.</param>
    /// <param name="what">How an error message refers to the key: <c>The key in the environment variable X</c>.</param>
    /// <exception cref="EditException">It is empty, or holds what no header takes, such as a line break in its middle; does not repeat it.</exception>
    public static string Clean(string key, string what)
    {
        string clean = key.Trim().Trim('\uFEFF', '\u200B').Trim();
        return clean.Length == 0 ? throw Refused(what, "is empty")
            : clean.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029') ? throw Refused(what, "contains a line break or another control character")
            : clean.Any(c => c is <= ' ' or > '~') ? throw Refused(what, "contains a space or a character beyond ASCII")
            : clean;
    }

    /// <summary>Returns all characters of a protected key; a key that contains a NUL is not truncated there.</summary>
    /// <param name="key">The key.</param>
    public static string Read(SecureString key)
    {
        nint copy = Marshal.SecureStringToGlobalAllocUnicode(key);
        try
        {
            return Marshal.PtrToStringUni(copy, key.Length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(copy);
        }
    }

    /// <summary>Describes a variable by its name, unless the name looks like the key itself.</summary>
    /// <param name="variable">The name.</param>
    public static string Shown(string variable) =>
        variable.Length is > 0 and <= 64 && variable.All(c => c == '_' || char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)) && variable.Split('_').Any(part => part is "KEY" or "TOKEN" or "SECRET" or "APIKEY")
            ? $"The environment variable {variable}"
            : "The environment variable that -ApiKeyVariable names";

    private static EditException Refused(string what, string fault) =>
        new(EditFault.BadArgument, $"{what} {fault}.", "Copy the key again, as one line.", "ApiKey");
}
