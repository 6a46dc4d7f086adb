using BrushEdit;
using BrushEdit.Bench;
using BrushEdit.Linking;

const string usage = """
    Measures the project; run it from the repository's root.

    quality   how often edits of held-out scenes come out right
      --count N             edits of each kind and family of scenes (20)
      --size N              pixels a side of the scenes (128)
      --forms LIST          Remove,Add,Recolor,Replace,Background,Light (all)
      --captions WHICH      full: the whole picture; short: what is in the hole on its background; wrong: what was in the hole before;
                            none (full)
      --engine NAME         BrushNet, BlendedLatent, SDEdit, DdimP2P, NullTextP2P, DirectP2P (BrushNet)
      --strength S          more than 0, to 1 (the engine's own)
      --erase MODE          full or graded: how the hole is kept from attending to itself (none)
      --sheet FILE.png      a contact sheet: source, mask, blurred fill, result, truth
      --rows N              rows of the sheet for each kind and family (4)

    edits     how often edits by instruction alone come out right, from the plan to the fill
      --count, --size, --forms, --sheet, --rows   as above
      --told                with the caption of the scene before the edit, not with the instruction alone
      --failures            the sheet shows only what went wrong, and the causes are counted
      --most N              rows of the sheet in all (60)
      --attempts N          tries of an edit whose result does not pass; 1 verifies nothing (1)

    engines   the same edits of held-out scenes by several engines, with the true masks and captions
      --engines LIST        BrushNet,BlendedLatent,SDEdit,DdimP2P,DirectP2P (these), NullTextP2P, SDInpainting, ControlNetInpaint, InstructPix2Pix
      --count N             edits of each kind (20)
      --networks FOLDER     where the networks of these three are, each in a folder of its engine's name (artifacts/engines); see engine-networks.ps1
      --size, --forms       as above
      --page FILE.html      a page with results beside the truth, and the means of all
      --rows N              edits of each kind and engine on the page (4)

    edges     what a new background leaves of the old one along the edges of what is kept
      --count, --size, --sheet, --rows   as above
      --fill                also over the network's fill, not only over the true new ground

    shadows   what it brings to take a removed thing's shadow along
      --count, --size, --sheet, --rows   as above
      --fill                also fills, and judges the results

    finds     how the detector's scores distribute for what is there and what is not
      --count N             held-out scenes (200)
      --size N              pixels a side of the scenes (128)

    speed     what a whole edit costs and what each exact saving brings
      --full                the full Stable Diffusion 1.5 shape with random weights instead of the bundle
      --repeats N           pairs of runs (7)

    savings   what leaving out passes brings and costs, each beside the full run (steps: 20)
      --full                the full Stable Diffusion 1.5 shape with random weights at 256 x 256, one edit, instead of the bundle
      --count N             edits of each kind and family of scenes (4)
      --size, --forms       as above
      --samples N           samples one by one and in one batch (4)
      --rows LIST           numbers of the rows beside the first, from 1 (all)

    folder    writes a base model with its BrushNet at the published size, with random weights, for scripts to edit with
      --family NAME         sd15 or sdxl (sdxl)
      --to FOLDER           where; must not be there yet

    stages    what a detector or a segmenter of the published size costs
      --network NAME        grounding-dino-tiny, grounding-dino-base, sam-vit-base or sam-vit-huge (grounding-dino-tiny)

    threads   what the number of threads and their waiting cost, alone and beside busy programs
      --neighbours LIST     how many busy threads run beside (1,2)
      --count N             fills of a measurement (3)
      --repeats N           measurements of each setting (3)
      --passive             leaves out libtorch's own way of waiting, which takes minutes a fill on a machine that is very busy

    gpu       the list for a GPU: guided steps, a whole fill, peak memory (bench/gpu/run.sh runs it where no .NET is installed)
      --tiny                with the bundle instead of the full size
      --size N              the picture's side (512)
      --timed N             steps that are timed (20)
      --reference FILE.json what bench/gpu/reference.py printed
      --out FILE.md         where the table goes

    memory    whether edits leave memory behind
      --count N             edits (50)

    loading   what it costs to load SAM-huge, and what is left once it is cleared
      --file PATH           the weights; written with random ones where there are none
      --repeats N           loads (3)

    precision how far fills in bfloat16 and with weights in 8 bits are from those in single precision, what they cost, and what a probe says of this processor
      --count N             held-out scenes (12)
      --size N              pixels a side, whole pictures; 0: the model's own (0)
      --passes N            also passes of the U-Net alone in both types, in turns (0); --count 0 leaves the fills out
      --low-memory          one network at a time in memory; the autoencoder is not tried in bfloat16 then
      --no-bfloat16         leaves bfloat16 out, which takes many times as long on a processor without its instructions

    few-steps     seconds of an edit with the full Stable Diffusion 1.5 shape, many guided steps against few of a distilled model
      --size N              the picture's side (512)
      --timed N             steps of each kind that are run, from 2 (3)

    generations   what becomes of the kept part of a JPEG that is edited again and again
      --count N             edits, each of the file the one before wrote (10)
      --picture PATH        a picture to begin with (a drawn scene of 512 x 512)

    reliability   long batches in PowerShell
      --parts LIST          memory,kill,stop,salted (all)
      --count N             edits of the part memory (500)
      --files N             files of a batch that is broken off (30)
      --kills N --stops N   how often (20, 5)
      --seed N              which moments (1)

    fuzz      whether broken files of every kind are refused: seeded changes of sound ones
      --seconds N           how long (60)
      --seed N              the first case's seed (1)

    of every command (steps of speed and savings: 20, of threads: 10, of reliability: 4)
      --model PATH --steps N --guidance X --conditioning X --margin X --sampler NAME --negative TEXT --device NAME --precision NAME
    """;

(string, string)[] common =
[
    ("model", "weights/toybox"), ("steps", "50"), ("guidance", "model"), ("conditioning", "1"), ("sampler", "UniPC"), ("margin", "default"),
    ("negative", "ugly, low quality"), ("device", "auto"), ("precision", "auto"),
];
Dictionary<string, (Action<BenchOptions> Run, (string, string)[] Options)> commands = new(StringComparer.Ordinal)
{
    ["quality"] = (QualityCommand.Run, [("count", "20"), ("size", "128"), ("forms", "Remove,Add,Recolor,Replace,Background,Light"), ("captions", "full"), ("engine", "BrushNet"), ("strength", "engine"), ("erase", "none"), ("sheet", ""), ("rows", "4")]),
    ["edits"] = (EditsCommand.Run, [("count", "20"), ("told", "false"), ("attempts", "1"), ("failures", "false"), ("most", "60"), ("judged", "false"), ("unjudged", "false"), ("size", "128"), ("forms", "Remove,Add,Recolor,Replace,Background,Light"), ("sheet", ""), ("rows", "4")]),
    ["engines"] = (EnginesCommand.Run, [("count", "20"), ("size", "128"), ("forms", "Remove,Add,Recolor,Replace,Background,Light"), ("engines", "BrushNet,BlendedLatent,SDEdit,DdimP2P,DirectP2P"), ("networks", "artifacts/engines"), ("page", ""), ("rows", "4")]),
    ["edges"] = (EdgesCommand.Run, [("count", "20"), ("size", "128"), ("fill", "false"), ("sheet", ""), ("rows", "4")]),
    ["shadows"] = (ShadowsCommand.Run, [("count", "20"), ("size", "128"), ("grows", ""), ("fill", "false"), ("sheet", ""), ("rows", "4")]),
    ["speed"] = (SpeedCommand.Run, [("steps", "20"), ("full", "false"), ("repeats", "7")]),
    ["savings"] = (SavingsCommand.Run, [("steps", "20"), ("full", "false"), ("count", "4"), ("size", "128"), ("forms", "Remove,Add,Recolor,Replace,Background,Light"), ("samples", "4"), ("rows", "")]),
    ["few-steps"] = (FewStepsCommand.Run, [("size", "512"), ("timed", "3")]),
    ["folder"] = (FullSizeFolder.Run, [("family", "sdxl"), ("to", "")]),
    ["finds"] = (FindsCommand.Run, [("count", "200"), ("size", "128")]),
    ["stages"] = (StagesCommand.Run, [("network", "grounding-dino-tiny")]),
    ["threads"] = (ThreadsCommand.Run, [("steps", "10"), ("neighbours", "1,2"), ("count", "3"), ("repeats", "3"), ("passive", "false"), ("workers", "1"), ("child", "false")]),
    ["loading"] = (LoadingCommand.Run, [("file", ""), ("repeats", "3")]),
    ["precision"] = (PrecisionCommand.Run, [("count", "12"), ("size", "0"), ("low-memory", "false"), ("no-bfloat16", "false"), ("passes", "0")]),
    ["gpu"] = (GpuCommand.Run, [("tiny", "false"), ("size", "512"), ("timed", "20"), ("reference", ""), ("out", "")]),
    ["memory"] = (MemoryCommand.Run, [("count", "50")]),
    ["generations"] = (GenerationsCommand.Run, [("count", "10"), ("picture", "")]),
    ["fuzz"] = (FuzzCommand.Run, [("seconds", "60"), ("seed", "1")]),
    ["reliability"] = (ReliabilityCommand.Run,
        [("steps", "4"), ("parts", "memory,kill,stop,salted"), ("count", "500"), ("files", "30"), ("kills", "20"), ("stops", "5"), ("seed", "1")]),
};
if (args.Length == 0
    || !commands.TryGetValue(args[0], out (Action<BenchOptions> Run, (string, string)[] Options) command)
    || BenchOptions.Parse(args, [.. common, .. command.Options]) is not { } options)
{
    Console.Error.WriteLine(usage);
    return 2;
}

NativeLibraries.Register();
try
{
    command.Run(options);
    return 0;
}
catch (EditException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}
catch (InvalidOperationException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}
