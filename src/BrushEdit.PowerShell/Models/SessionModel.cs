using BrushEdit.Loading;

namespace BrushEdit.PowerShell;

/// <summary>A model of one stage that a user has chosen; its files are looked up once, at first use.</summary>
internal abstract class SessionModel
{
    private EditException? absence;

    /// <summary>The model's name.</summary>
    public string Name => Files.Name;

    /// <summary>Why there is no such model; null if there is one.</summary>
    public EditException? Absence => Found is null ? absence ??= StageModel.Absence(() => _ = Files) : null;

    /// <summary>The files; null until they are looked up.</summary>
    protected ModelFiles? Found { get; set; }

    /// <summary>The files.</summary>
    protected ModelFiles Files => Found ??= Find();

    /// <summary>Looks the files up.</summary>
    /// <exception cref="EditException">There is no such model.</exception>
    protected abstract ModelFiles Find();
}
