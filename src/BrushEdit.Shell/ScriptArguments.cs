using System.Management.Automation.Runspaces;

namespace BrushEdit.Shell;

/// <summary>Turns the words behind a script's name into parameters, as <c>pwsh -File</c> does.</summary>
internal static class ScriptArguments
{
    /// <summary>
    /// <c>-Name value</c>, <c>-Name:value</c> and <c>-Switch</c> are parameters, anything else is positional; <c>-Switch:$false</c> and
    /// <c>$true</c> are the two values. Numbers with a minus sign are values.
    /// </summary>
    /// <param name="words">The words as typed.</param>
    public static IEnumerable<CommandParameter> Parse(IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            if (word.Length < 2 || word[0] != '-' || !(char.IsLetter(word[1]) || word[1] is '_' or '?'))
            {
                yield return new CommandParameter(null, word);
                continue;
            }

            int colon = word.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                // Whether a value follows is known only to the script's parameters: the binder takes the next word where one is wanted.
                yield return new CommandParameter(word);
                continue;
            }

            string value = word[(colon + 1)..];
            yield return new CommandParameter(word[..colon], value.ToLowerInvariant() switch
            {
                "$true" => true,
                "$false" => false,
                _ => value,
            });
        }
    }
}
