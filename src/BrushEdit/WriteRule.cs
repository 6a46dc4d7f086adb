namespace BrushEdit;

/// <summary>
/// What a writer may do if a file of that name already exists. The rule is checked at the moment the finished file is moved into
/// its place (<see cref="PendingFile.Commit"/>); <see cref="Check"/> checks earlier, to avoid needless work.
/// </summary>
/// <remarks>
/// A file is created. One that is there is replaced only where it is, byte for byte, what this very work wrote before, or where the user
/// asked for it. A file that the same run reads is never replaced, whatever links lead to it.
/// </remarks>
public sealed record WriteRule
{
    /// <summary>Creates files and replaces none.</summary>
    public static WriteRule CreateNew { get; } = new();

    /// <summary>Whether the user asked for files to be replaced.</summary>
    public bool Replace { get; init; }

    /// <summary>Whether the file at a path is, by its content, what this work wrote there; null if it wrote nothing.</summary>
    public Func<string, bool>? IsOwn { get; init; }

    /// <summary>What the run reads.</summary>
    public InputFiles Inputs { get; init; } = new();

    /// <summary>The rule a user's <c>-Force</c> makes.</summary>
    /// <param name="force">Whether files that are there are replaced.</param>
    /// <param name="inputs">What the run reads.</param>
    public static WriteRule For(bool force, InputFiles? inputs = null) => new() { Replace = force, Inputs = inputs ?? new InputFiles() };

    /// <summary>The rule, with one more file that is never replaced.</summary>
    /// <param name="input">The file; null for none.</param>
    public WriteRule Protecting(string? input) => input is null || Inputs.Contains(input) ? this : this with { Inputs = Inputs.With(input) };

    /// <summary>Throws where a file may not be written.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditException">
    /// It is a folder, a device or pipe, a file that the run reads, or another's file that may not be replaced (CannotWrite).
    /// </exception>
    public void Check(string path) => Replaces(path);

    /// <summary>Tells in one look whether a file is there that may be replaced, so that one which comes later is not taken for it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>False if nothing is there.</returns>
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

    /// <summary>Whether something of that name is there; a link that leads nowhere counts.</summary>
    /// <param name="path">The file.</param>
    internal static bool IsTaken(string path) => File.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
