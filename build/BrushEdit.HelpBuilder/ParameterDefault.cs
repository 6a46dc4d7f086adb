using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace BrushEdit.HelpBuilder;

/// <summary>The default value of a parameter: from the help page or else from the cmdlet's property.</summary>
internal static partial class ParameterDefault
{
    private const string Mark = "Default: ";

    /// <summary>
    /// Removes a last paragraph <c>Default: ...</c> from a parameter's text and returns its value; without one, returns the value before
    /// <c>by default</c> in the text.
    /// </summary>
    /// <param name="text">The text.</param>
    public static (string Description, string? Default) Split(string text)
    {
        int at = text.LastIndexOf("\n\n" + Mark, StringComparison.Ordinal);
        return at >= 0 ? (text[..at], text[(at + 2 + Mark.Length)..].TrimEnd('.'))
            : ByDefault().Match(text) is { Success: true } told ? (text, told.Groups["value"].Value)
            : (text, null);
    }

    /// <summary>The property's value in a new instance of the cmdlet; null if it has none.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="parameter">The parameter.</param>
    public static string? Of(Type cmdlet, string parameter)
    {
        if (cmdlet.GetProperty(parameter) is not { } property)
        {
            // A parameter that PowerShell adds.
            return "False";
        }

        object instance = Activator.CreateInstance(cmdlet)!;
        try
        {
            return Text(property.GetValue(instance));
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }

    // "1 to 1000; 50 by default."
    [GeneratedRegex(@"[;:,] (?<value>'[^']+'|[\w.]+) by default[.;]")]
    private static partial Regex ByDefault();

    private static string? Text(object? value) => value switch
    {
        null => null,
        SwitchParameter given => given.IsPresent.ToString(),
        string text => text.Length > 0 ? text : null,
        IEnumerable list => string.Join(", ", list.Cast<object?>().Select(Text)) is { Length: > 0 } texts ? texts : null,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
