namespace BrushEdit;

/// <summary>
/// What a writer may do if a file of that name already exists. The rule is checked at the moment the finished file is moved into
/// its destination (<see cref="PendingFile.Commit"/>); <see cref="Check"/> checks earlier, to avoid needless work.
/// </summary>
/// <remarks>
/// A new file is created. An existing file is replaced only if it is, byte for byte, what the same operation wrote before, or if the user
/// requested it. A file that the same run reads is never replaced, whatever links lead to it.
/// </remarks>
public sealed record WriteRule
{
    /// <summary>Creates files and replaces none.</summary>
    public static WriteRule CreateNew { get; } = new();

    /// <summary>Whether the user requested that files be replaced.</summary>
    public bool Replace { get; init; }

    /// <summary>Whether the content of the file at a path is what this operation wrote there; null if it wrote nothing.</summary>
    public Func<string, bool>? IsOwn { get; init; }

    /// <summary>The files that the run reads.</summary>
    public InputFiles Inputs { get; init; } = new();

    /// <summary>Creates the rule for a user's <c>-Force</c>.</summary>
    /// <param name="force">Whether existing files are replaced.</param>
    /// <param name="inputs">The files that the run reads.</param>
    public static WriteRule For(bool force, InputFiles? inputs = null) => new() { Replace = force, Inputs = inputs ?? new InputFiles() };

    /// <summary>Returns this rule with one more file that is never replaced.</summary>
    /// <param name="input">The file; null for none.</param>
    public WriteRule Protecting(string? input) => input is null || Inputs.Contains(input) ? this : this with { Inputs = Inputs.With(input) };

    /// <summary>Throws if a file may not be written.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditException">
    /// It is a folder, a device or pipe, a file that the run reads, or a file of another origin that may not be replaced (CannotWrite).
    /// </exception>
    public void Check(string path) => Replaces(path);

    /// <summary>Checks once whether a replaceable file exists, so that a file that appears later is not mistaken for it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>False if nothing exists there.</returns>
    /// <exception cref="EditException">As <see cref="Check"/> throws.</exception>
    internal bool Replaces(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Inputs.Contains(path))
        {
            throw new EditException(
                EditFault.CannotWrite, $"'{path}' is read by this run, so it is not replaced.", "Give another name or folder for the output.", path);
        }

        if (Directory.Exists(path))
        {
            throw new EditException(EditFault.CannotWrite, $"'{path}' is a folder.", "Give the name of a file.", path);
        }

        if (!IsTaken(path))
        {
            return false;
        }

        if (File.Exists(path) && !FileKind.IsRegular(path))
        {
            throw new EditException(EditFault.CannotWrite, $"'{path}' is a device or a pipe, not a file.", "Give another name.", path);
        }

        if (!Replace && IsOwn?.Invoke(path) != true)
        {
            throw new EditException(EditFault.CannotWrite, $"'{path}' already exists.", "Give another name or folder, or replace it with -Force.", path);
        }

        return true;
    }

    /// <summary>Whether anything of that name exists; a dangling link counts.</summary>
    /// <param name="path">The file.</param>
    internal static bool IsTaken(string path) => File.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
