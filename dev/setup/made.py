"""Files that are made from others, and kept: compared with what they would be now, or written."""

import difflib

SHOWN_LINES = 40


def are_current(files, source, fix):
    """Tell whether *files* say what they are made of; print what differs, or write it if *fix*.

    :param files: what each has to say, by path
    :param source: what they are made from, in words
    """
    outdated = [(path, text) for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path, text in outdated:
        if fix:
            path.write_text(text)
            print(f"{path.name} written")
            continue
        kept = path.read_text().splitlines() if path.exists() else []
        difference = difflib.unified_diff(kept, text.splitlines(), path.name, f"its {source}", lineterm="", n=1)
        print("\n".join(list(difference)[:SHOWN_LINES]))
        print(f"{path.name} is not what its {source} say: change these, and run ./dev/lint --fix")
    return fix or not outdated
