namespace BrushEdit;

/// <summary>
/// A fault described for the user: the message names its subject (file, tensor, option), and <see cref="Remedy"/> gives the remedy. Whatever
/// it quotes, the message is one plain line of at most twice
/// <see cref="PlainText.MostMessage"/> characters, in which no quotation is longer than <see cref="PlainText.MostQuoted"/>.
/// </summary>
public class EditException : Exception
{
    /// <summary>Makes an error of a kind.</summary>
    /// <param name="kind">What sort of fault it is; cmdlets turn it into an error id and a category.</param>
    /// <param name="message">What is wrong, naming the thing.</param>
    /// <param name="remedy">What the user can do; null if nothing helps.</param>
    /// <param name="target">The thing itself (a path, a name, a value).</param>
    /// <param name="inner">The fault underneath, if any.</param>
    public EditException(EditFault kind, string message, string? remedy = null, object? target = null, Exception? inner = null)
        : base(remedy is null ? PlainText.Message(message) : $"{PlainText.Message(message)} {PlainText.Message(remedy)}", inner)
    {
        Kind = kind;
        Remedy = remedy is null ? null : PlainText.Message(remedy);
        Target = target;
    }

    /// <summary>The sort of fault.</summary>
    public EditFault Kind { get; }

    /// <summary>What the user can do about it; null if nothing helps.</summary>
    public string? Remedy { get; }

    /// <summary>The thing at fault: a path, a name, a value.</summary>
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

    /// <summary>What is to be edited was not found in the picture.</summary>
    ThingNotFound,

    /// <summary>A weights file or a model folder is broken or of the wrong kind.</summary>
    BadModel,

    /// <summary>A model that is needed was not found.</summary>
    ModelNotFound,

    /// <summary>A value given by the user is out of range or contradicts another.</summary>
    BadArgument,

    /// <summary>A stage lacks what an earlier stage gives.</summary>
    MissingStage,

    /// <summary>A device or precision is not available here.</summary>
    NoDevice,

    /// <summary>A file cannot be written.</summary>
    CannotWrite,

    /// <summary>A server that a planner or an installation asks cannot be reached, refuses, or answers nothing that can be used.</summary>
    ServiceFailed,

    /// <summary>The user cancelled painting, or closed the page.</summary>
    NotPainted,

    /// <summary>What was downloaded is not what was published: another length, hash or kind of file.</summary>
    BadDownload,
}
