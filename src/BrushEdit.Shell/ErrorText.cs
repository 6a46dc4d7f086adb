using System.Management.Automation;
using System.Text;

namespace BrushEdit.Shell;

/// <summary>An error record in words: who says it, what is wrong, what to do, and where in the script it happened.</summary>
internal static class ErrorText
{
    /// <summary>The lines for the console.</summary>
    /// <param name="record">The error.</param>
    public static string Of(ErrorRecord record)
    {
        StringBuilder text = new();
        string? command = record.InvocationInfo?.MyCommand?.Name;
        if (command is not null)
        {
            text.Append(command).Append(": ");
        }

        text.Append(record.ErrorDetails?.Message ?? record.Exception.Message);
        if (record.ErrorDetails?.RecommendedAction is { Length: > 0 } action)
        {
            text.Append("\n  ").Append(action);
        }

        if (record.InvocationInfo is { ScriptName.Length: > 0 } place)
        {
            text.Append($"\n  at {place.ScriptName}:{place.ScriptLineNumber}");
        }

        return text.ToString();
    }
}
