using System.Collections;
using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Accepts only paths and files. Without it PowerShell would use the text of any object as a path, and would ignore the properties
/// of an object that has a path among them.
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
