using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>
/// A cmdlet that works on pictures. What comes down the pipeline may be a path, a file, a picture, an edit, a scene, or a row of a table
/// that names one of them; a row may bring every other parameter that binds by property name as well.
/// </summary>
public abstract class SourceCmdlet : EditCmdlet
{
    private readonly HashSet<string> typed = new(StringComparer.OrdinalIgnoreCase);
    private RowParameters rows = null!;
    private SourceReader reader = null!;
    private bool isScene;

    /// <summary>Whatever pictures are taken of: paths, files, pictures, edits, scenes, rows of a table.</summary>
    [Parameter(ValueFromPipeline = true)]
    [PictureSourceTransformation]
    public PictureSource[]? InputObject { get; set; }

    /// <summary>A picture, such as a scene's.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PictureSourceTransformation]
    public PictureSource[]? Picture { get; set; }

    /// <summary>The parameters that the row at hand has brought, with what it says.</summary>
    private protected IEnumerable<KeyValuePair<string, object?>> Brought => rows.Values;

    /// <summary>Whether pictures come down the pipeline.</summary>
    private protected bool IsPiped => MyInvocation.ExpectingInput && !IsTyped(nameof(InputObject));

    /// <summary>Tells apart what was typed and what the pipeline's objects bring.</summary>
    protected override void BeginProcessing()
    {
        typed.UnionWith(MyInvocation.BoundParameters.Keys);
        reader = new SourceReader(SessionState, TakesMasks);
        rows = new RowParameters(this, IsTyped);
    }

    /// <inheritdoc />
    protected sealed override void ProcessRecord()
    {
        if (IsPiped && InputObject is not { Length: > 0 })
        {
            Attempt(null, () => throw new EditException(EditFault.BadArgument, "Nothing ($null, or an empty list) came from the pipeline where a picture was expected.", Wanted));
            return;
        }

        PictureSource[] sources = IsPiped ? InputObject! : [.. Sources];
        if (sources.Length == 0)
        {
            Attempt(null, ProcessAlone);
        }

        foreach (PictureSource source in sources)
        {
            foreach (SourceItem item in reader.Items(source))
            {
                Cancellation.ThrowIfStopped();
                Attempt(item.Target, () =>
                {
                    rows.Reset();
                    isScene = item.Row?.BaseObject is ToySceneEdit;
                    item.Require();
                    if (item.Row is { } row)
                    {
                        rows.Take(row, parameter => Takes(parameter, isScene));
                    }

                    Process(item);
                });
            }
        }
    }

    /// <summary>Works on one item, with the parameters that were typed and those its row brings.</summary>
    /// <param name="item">The item, not opened yet.</param>
    private protected abstract void Process(SourceItem item);

    /// <summary>Opens an item; says what a file holds that is not taken over, where it is one.</summary>
    /// <param name="item">The item.</param>
    /// <exception cref="EditException">It cannot be used, or the file cannot be read.</exception>
    private protected ImageEdit Open(SourceItem item) => item.Path is null ? item.Open() : TellOf(item.Open());

    /// <summary>What was named at the command instead of coming down the pipeline.</summary>
    private protected virtual IEnumerable<PictureSource> Sources => (Picture ?? []).Concat(InputObject ?? []);

    /// <summary>
    /// Whether a parameter is taken of a row or a scene. The seed of a scene is the drawing's; and where a cmdlet is to find out what is
    /// true of a scene, it is not told.
    /// </summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="ofScene">Whether a scene brings it.</param>
    private protected virtual bool Takes(string parameter, bool ofScene) => !ofScene || parameter != "Seed";

    /// <summary>Whether a mask will do where no picture is given.</summary>
    private protected virtual bool TakesMasks => false;

    /// <summary>Works where nothing came and nothing was named: an error, unless the cmdlet can do something by itself.</summary>
    private protected virtual void ProcessAlone() =>
        Demand(() => throw new EditException(EditFault.BadArgument, "No picture is given.", Wanted, MyInvocation.MyCommand.Name));

    /// <summary>Whether a parameter was typed at the command, and did not come with an object of the pipeline.</summary>
    /// <param name="name">The parameter.</param>
    protected bool IsTyped(string name) => typed.Contains(name);

    /// <summary>Counts the words without a name as those of another parameter, whose property has been set. While the cmdlet begins.</summary>
    /// <param name="from">The parameter that the binder gave them to.</param>
    /// <param name="to">The parameter they are meant for.</param>
    private protected void Recount(string from, string to)
    {
        typed.Remove(from);
        typed.Add(to);
        rows = new RowParameters(this, IsTyped);
    }

    /// <summary>Whether a parameter was typed, or brought by a row of a table. What a scene brings along is not meant as strictly.</summary>
    /// <param name="name">The parameter.</param>
    private protected bool IsGiven(string name) => IsTyped(name) || (!isScene && rows.Brought.Contains(name));

    /// <summary>Refuses pictures that are named while others come down the pipeline.</summary>
    /// <param name="names">The parameters that name pictures.</param>
    private protected void RefuseBoth(params string[] names)
    {
        if (IsPiped && names.FirstOrDefault(IsTyped) is { } name)
        {
            throw new EditException(EditFault.BadArgument, $"Pictures come from the pipeline and are also given with -{name}.", "Give one or the other.", name);
        }
    }

    private string Wanted => $"Give {MyInvocation.MyCommand.Name} a path, a file, a picture, an edit or a scene, or pipe one in.";
}
