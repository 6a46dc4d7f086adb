namespace BrushEdit;

/// <summary>
/// A fault described for the user: the message names its subject (file, tensor, option), and <see cref="Remedy"/> describes what to do. Whatever
/// it quotes, the message is one plain line of at most twice
/// <see cref="PlainText.MostMessage"/> characters, in which no quotation is longer than <see cref="PlainText.MostQuoted"/>.
/// </summary>
public class EditException : Exception
{
    /// <summary>Creates an error of the given kind.</summary>
    /// <param name="kind">The kind of fault; cmdlets turn it into an error id and a category.</param>
    /// <param name="message">What is wrong; names the subject.</param>
    /// <param name="remedy">What the user can do; null if nothing helps.</param>
    /// <param name="target">The subject of the fault (a path, a name, a value).</param>
    /// <param name="inner">The underlying exception, if any.</param>
    public EditException(EditFault kind, string message, string? remedy = null, object? target = null, Exception? inner = null)
        : base(remedy is null ? PlainText.Message(message) : $"{PlainText.Message(message)} {PlainText.Message(remedy)}", inner)
    {
        Kind = kind;
        Remedy = remedy is null ? null : PlainText.Message(remedy);
        Target = target;
    }

    /// <summary>The kind of fault.</summary>
    public EditFault Kind { get; }

    /// <summary>What the user can do about it; null if nothing helps.</summary>
    public string? Remedy { get; }

    /// <summary>The subject of the fault: a path, a name, a value.</summary>
    public object? Target { get; }
}

/// <summary>The categories of faults, each a stable part of an error id.</summary>
public enum EditFault
{
    /// <summary>A picture cannot be read, or is not what it must be.</summary>
    BadPicture,

    /// <summary>A mask does not fit its picture, or is empty if it must not be.</summary>
    BadMask,

    /// <summary>A file or folder does not exist.</summary>
    NotFound,

    /// <summary>The object to edit was not found in the picture.</summary>
    ThingNotFound,

    /// <summary>A weights file or a model folder is corrupt or of the wrong kind.</summary>
    BadModel,

    /// <summary>A required model was not found.</summary>
    ModelNotFound,

    /// <summary>A value given by the user is out of range or contradicts another.</summary>
    BadArgument,

    /// <summary>The result of an earlier stage is missing.</summary>
    MissingStage,

    /// <summary>A device or precision is not available here.</summary>
    NoDevice,

    /// <summary>A file cannot be written.</summary>
    CannotWrite,

    /// <summary>A server that a planner or an installation uses is unreachable, refuses the request, or returns an unusable answer.</summary>
    ServiceFailed,

    /// <summary>The user cancelled painting, or closed the page.</summary>
    NotPainted,

    /// <summary>A download differs from the published file in length, hash or file type.</summary>
    BadDownload,
}
