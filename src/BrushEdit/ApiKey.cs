using System.Runtime.InteropServices;
using System.Security;

namespace BrushEdit;

/// <summary>Keys as they come from files, variables and prompts: made fit for a header, and never shown.</summary>
internal static class ApiKey
{
    /// <summary>The key without the spaces and line breaks around it.</summary>
    /// <param name="key">As it came.</param>
    /// <param name="what">What to call it where it is refused: <c>The key in the environment variable X</c>.</param>
    /// <exception cref="EditException">It is empty, or holds what no header takes, such as a line break in its middle; does not repeat it.</exception>
    public static string Clean(string key, string what)
    {
        string clean = key.Trim().Trim('\uFEFF', '\u200B').Trim();
        return clean.Length == 0 ? throw Refused(what, "is empty")
            : clean.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029') ? throw Refused(what, "holds a line break or another control character")
            : clean.Any(c => c is <= ' ' or > '~') ? throw Refused(what, "holds a space or a character beyond ASCII")
            : clean;
    }

    /// <summary>All characters of a protected key; one that holds a NUL is not cut there.</summary>
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

    /// <summary>A variable by its name, unless the name looks as if the key itself were given in its place.</summary>
    /// <param name="variable">The name.</param>
    public static string Shown(string variable) =>
        variable.Length is > 0 and <= 64 && variable.All(c => c == '_' || char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)) && variable.Split('_').Any(part => part is "KEY" or "TOKEN" or "SECRET" or "APIKEY")
            ? $"The environment variable {variable}"
            : "The environment variable that -ApiKeyVariable names";

    private static EditException Refused(string what, string fault) =>
        new(EditFault.BadArgument, $"{what} {fault}.", "Copy the key again, as one line.", "ApiKey");
}
