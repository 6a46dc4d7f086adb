using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Completes a parameter from a list of values that is made again each time the user presses the key.</summary>
public abstract class ValueCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = (wordToComplete ?? string.Empty).Trim('\'', '"');
        List<CompletionResult> results = [];
        foreach ((string value, string tip) in Values(fakeBoundParameters))
        {
            if (value.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            {
                results.Add(new CompletionResult(Quote(value), value, CompletionResultType.ParameterValue, tip));
            }
        }

        return results;
    }

    /// <summary>The current values, each with a one-line description. Must be quick and must not load libtorch.</summary>
    /// <param name="bound">The parameters typed so far.</param>
    protected abstract IEnumerable<(string Value, string Tip)> Values(IDictionary bound);

    private static string Quote(string value) =>
        value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '\\')
            ? value
            : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
