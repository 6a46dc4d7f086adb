using System.Management.Automation;
using BrushEdit.Editing;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>
/// A cmdlet that works on pictures. Pipeline input may be a path, a file, a picture, an edit, a scene, or a row of a table
/// that names one of them; a row may also set every other parameter that binds by property name.
/// </summary>
public abstract class SourceCmdlet : EditCmdlet
{
    private readonly HashSet<string> typed = new(StringComparer.OrdinalIgnoreCase);
    private RowParameters rows = null!;
    private SourceReader reader = null!;
    private bool isScene;

    /// <summary>Any picture source: paths, files, pictures, edits, scenes, rows of a table.</summary>
    [Parameter(ValueFromPipeline = true)]
    [PictureSourceTransformation]
    public PictureSource[]? InputObject { get; set; }

    /// <summary>A picture, such as a scene's.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PictureSourceTransformation]
    public PictureSource[]? Picture { get; set; }

    /// <summary>The parameters that the current row has set, with their values.</summary>
    private protected IEnumerable<KeyValuePair<string, object?>> Brought => rows.Values;

    /// <summary>Whether pictures come from the pipeline.</summary>
    private protected bool IsPiped => MyInvocation.ExpectingInput && !IsTyped(nameof(InputObject));

    /// <summary>Distinguishes typed parameters from those that pipeline objects set.</summary>
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

    /// <summary>Processes one item with the typed parameters and those of its row.</summary>
    /// <param name="item">The item, not opened yet.</param>
    private protected abstract void Process(SourceItem item);

    /// <summary>Opens an item; for a file, reports contents that are not carried over.</summary>
    /// <param name="item">The item.</param>
    /// <exception cref="EditException">It cannot be used, or the file cannot be read.</exception>
    private protected ImageEdit Open(SourceItem item) => item.Path is null ? item.Open() : TellOf(item.Open());

    /// <summary>The sources that were named at the command instead of passed through the pipeline.</summary>
    private protected virtual IEnumerable<PictureSource> Sources => (Picture ?? []).Concat(InputObject ?? []);

    /// <summary>
    /// Whether a row or a scene may set a parameter. The seed of a scene belongs to its drawing; and a cmdlet that must find out
    /// a scene's truth does not receive it.
    /// </summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="ofScene">Whether a scene sets it.</param>
    private protected virtual bool Takes(string parameter, bool ofScene) => !ofScene || parameter != "Seed";

    /// <summary>Whether a mask is sufficient if no picture is given.</summary>
    private protected virtual bool TakesMasks => false;

    /// <summary>Runs if there is no input: an error, unless the cmdlet can work without input.</summary>
    private protected virtual void ProcessAlone() =>
        Demand(() => throw new EditException(EditFault.BadArgument, "No picture is given.", Wanted, MyInvocation.MyCommand.Name));

    /// <summary>Whether a parameter was typed at the command, rather than set by a pipeline object.</summary>
    /// <param name="name">The parameter.</param>
    protected bool IsTyped(string name) => typed.Contains(name);

    /// <summary>Attributes positional arguments to another parameter, whose property has been set. Called while the cmdlet begins.</summary>
    /// <param name="from">The parameter that the binder gave them to.</param>
    /// <param name="to">The parameter they are meant for.</param>
    private protected void Recount(string from, string to)
    {
        typed.Remove(from);
        typed.Add(to);
        rows = new RowParameters(this, IsTyped);
    }

    /// <summary>Whether a parameter was typed or set by a table row. Values from a scene are less strict.</summary>
    /// <param name="name">The parameter.</param>
    private protected bool IsGiven(string name) => IsTyped(name) || (!isScene && rows.Brought.Contains(name));

    /// <summary>Rejects named pictures if others come from the pipeline.</summary>
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
