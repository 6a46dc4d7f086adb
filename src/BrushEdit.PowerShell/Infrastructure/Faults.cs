using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Turns exceptions into error records: a stable id, the right category, the object at fault, and the remedy.</summary>
internal static class Faults
{
    /// <summary>
    /// The record of a fault. The id is the <see cref="EditFault"/>'s name, which stays the same from version to version; for a
    /// system fault it is <c>CannotRead</c> or <c>NotFound</c>, and <c>Unexpected</c> for anything else.
    /// </summary>
    /// <param name="fault">What was thrown.</param>
    /// <param name="target">The item at fault, if the exception names none.</param>
    public static ErrorRecord ToRecord(Exception fault, object? target)
    {
        ErrorRecord record = Record(Plain(fault), PlainTarget((fault as EditException)?.Target ?? target));
        record.CategoryInfo.TargetName = PlainText.Message(record.CategoryInfo.TargetName);
        return record;
    }

    // Hosts show an exception's own message as well as the record's, and those of inner exceptions; the text they quote is untrusted.
    private static Exception Plain(Exception fault) => IsPlain(fault) ? fault : fault switch
    {
        EditException edit => new EditException(edit.Kind, WithoutRemedy(edit), edit.Remedy, PlainTarget(edit.Target)),
        FileNotFoundException => new FileNotFoundException(PlainText.Message(fault.Message)),
        DirectoryNotFoundException => new DirectoryNotFoundException(PlainText.Message(fault.Message)),
        UnauthorizedAccessException => new UnauthorizedAccessException(PlainText.Message(fault.Message)),
        IOException => new IOException(PlainText.Message(fault.Message)),
        ArgumentException => new ArgumentException(PlainText.Message(fault.Message)),
        _ => new InvalidOperationException(PlainText.Message(fault.Message)),
    };

    private static bool IsPlain(Exception fault)
    {
        for (Exception? at = fault; at is not null; at = at.InnerException)
        {
            // The message is already free of control characters; a remedy may accompany it.
            if (at is EditException edit ? !Equals(PlainTarget(edit.Target), edit.Target) : PlainText.Message(at.Message) != at.Message)
            {
                return false;
            }
        }

        return true;
    }

    private static object? PlainTarget(object? target) => target is string text ? PlainText.Line(text) : target;

    private static string WithoutRemedy(EditException edit) => edit.Remedy is { } remedy && edit.Message.EndsWith(remedy, StringComparison.Ordinal)
        ? edit.Message[..^remedy.Length].TrimEnd()
        : edit.Message;

    private static ErrorRecord Record(Exception fault, object? target)
    {
        if (fault is not EditException edit)
        {
            (string id, ErrorCategory kind) = fault switch
            {
                FileNotFoundException or DirectoryNotFoundException => (nameof(EditFault.NotFound), ErrorCategory.ObjectNotFound),
                UnauthorizedAccessException => ("CannotRead", ErrorCategory.PermissionDenied),
                IOException => ("CannotRead", ErrorCategory.ReadError),
                ArgumentException => (nameof(EditFault.BadArgument), ErrorCategory.InvalidArgument),
                OutOfMemoryException => ("OutOfMemory", ErrorCategory.ResourceUnavailable),
                _ => ("Unexpected", ErrorCategory.NotSpecified),
            };
            return new ErrorRecord(fault, id, kind, target);
        }

        ErrorRecord record = new(edit, edit.Kind.ToString(), Category(edit.Kind), target);
        if (edit.Remedy is { } remedy)
        {
            // The exception's own message ends with the remedy; hosts show the two separately.
            record.ErrorDetails = new ErrorDetails(WithoutRemedy(edit)) { RecommendedAction = remedy };
        }

        return record;
    }

    /// <summary>Whether the next item would meet the same fault, so that continuing is useless.</summary>
    /// <param name="fault">What was thrown.</param>
    public static bool EndsPipeline(Exception fault) =>
        fault is EditException { Kind: EditFault.ModelNotFound or EditFault.BadModel or EditFault.NoDevice };

    private static ErrorCategory Category(EditFault kind) => kind switch
    {
        EditFault.BadPicture or EditFault.BadMask or EditFault.BadModel or EditFault.BadDownload => ErrorCategory.InvalidData,
        EditFault.NotFound or EditFault.ModelNotFound or EditFault.ThingNotFound => ErrorCategory.ObjectNotFound,
        EditFault.BadArgument => ErrorCategory.InvalidArgument,
        EditFault.MissingStage => ErrorCategory.InvalidOperation,
        EditFault.NoDevice => ErrorCategory.ResourceUnavailable,
        EditFault.CannotWrite => ErrorCategory.WriteError,
        EditFault.NotPainted => ErrorCategory.OperationStopped,
        EditFault.ServiceFailed => ErrorCategory.ConnectionError,
        _ => ErrorCategory.NotSpecified,
    };
}
