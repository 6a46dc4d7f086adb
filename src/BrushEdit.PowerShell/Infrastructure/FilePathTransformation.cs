using System.Collections;
using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Takes paths and files alone. Without it the engine would make a path of the text of any object, and would not look at the properties
/// of one that has a path among them.
/// </summary>
public sealed class FilePathTransformation : ArgumentTransformation<string[]>
{
    /// <inheritdoc />
    protected override string[] Convert(EngineIntrinsics engine, object value) => value switch
    {
        string path => [path],
        FileSystemInfo file => [file.FullName],
        IEnumerable list => [.. list.Cast<object?>().SelectMany(item => Convert(engine, Unwrap(item) ?? string.Empty))],
        _ => throw new EditException(EditFault.BadArgument, $"A {value.GetType().Name} is not a path.", "Give the path of a file.", value),
    };
}
