using System.Collections;
using System.Management.Automation;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>
/// Takes names and files alone. Without it the engine would make a name of any object that comes down the pipeline, such as a row of a
/// table, in place of taking the row's columns.
/// </summary>
public sealed class PathTransformation : ArgumentTransformation<string[]>
{
    /// <inheritdoc />
    protected override string[] Convert(EngineIntrinsics engine, object value) =>
        value is IEnumerable list and not string ? [.. list.Cast<object?>().Select(One)] : [One(value)];

    private static string One(object? value) => Unwrap(value) switch
    {
        string path => path,
        FileSystemInfo file => file.FullName,
        object other => throw new EditException(EditFault.BadArgument, $"A {other.GetType().Name} is no file.", "Give names of files, or files that Get-ChildItem gave.", other),
        null => throw new EditException(EditFault.BadArgument, "A file has no name.", "Give names of files, or files that Get-ChildItem gave."),
    };
}
