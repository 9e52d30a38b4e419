"""The verb about Plant Tracer's courses; it speaks to the database, so it works while no server runs."""

import argparse
from collections.abc import Callable
from urllib.parse import urlencode

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from cli import exits
from cli.accounts import opened_database
from cli.processes import read_settings
from darkroom.errors import Invalid, NotFound
from storage.engine import read, write
from storage.planttracer import courses, logs, people
from storage.planttracer.courses import Course
from storage.planttracer.people import Person
from storage.planttracer.tables import ENROLLMENT


def declare_course(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    actions.add_parser("list", help="all courses").set_defaults(run=list_courses)
    creating = actions.add_parser("create", help="make a course; prints the key with which one registers")
    creating.add_argument("course", metavar="ID")
    creating.add_argument("--name", help="as people read it; the id if not said")
    creating.add_argument("--key", help="a key of your own; else one that nobody can guess")
    creating.add_argument(
        "--max-enrollment", type=int, default=ENROLLMENT, metavar="N", help=f"places ({ENROLLMENT})"
    )
    creating.add_argument(
        "--admin", action="append", default=[], metavar="EMAIL", help="who runs it; may be said again"
    )
    creating.set_defaults(run=create_course)
    showing = actions.add_parser("show", help="a course, its key, and who is in it")
    showing.add_argument("course", metavar="ID")
    showing.set_defaults(run=show_course)
    appointing = actions.add_parser("admin", help="let somebody run a course, or no more")
    appointing.add_argument("course", metavar="ID")
    appointing.add_argument("email")
    appointing.add_argument("--remove", action="store_true", help="they stay in the course")
    appointing.set_defaults(run=appoint)
    keying = actions.add_parser("key", help="print a course's key")
    keying.add_argument("course", metavar="ID")
    keying.add_argument("--new", action="store_true", help="make another; the old one opens nothing more")
    keying.set_defaults(run=print_key)
    naming = actions.add_parser("user", help="print somebody's name for `darkroom user` and `darkroom token`")
    naming.add_argument("email")
    naming.set_defaults(run=print_user)
    linking = actions.add_parser("link", help="print a fresh login link for somebody")
    linking.add_argument("email")
    linking.set_defaults(run=print_link)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"course": declare_course}


def list_courses(arguments: argparse.Namespace) -> int:
    table = Table("course", "name", "people", "places", "run by", box=None, pad_edge=False)
    with opened_database() as engine, read(engine) as db:
        for course in courses.find(db):
            members = courses.members(db, course_ids=[course.course_id])
            run_by = people.by_ids(db, {member.user_id for member in members if member.is_admin})
            emails = ", ".join(person.email for person in run_by.values())
            places = str(course.max_enrollment)
            table.add_row(course.course_id, course.course_name, str(len(members)), places, emails)
    Console().print(table)
    return exits.OK


def create_course(arguments: argparse.Namespace) -> int:
    course_id = arguments.course.strip()
    if not course_id or not course_id.isprintable():
        raise Invalid("a course's id has at least one character, and only printable ones")
    if arguments.max_enrollment < 1:
        raise Invalid("a course has at least 1 place", where="--max-enrollment", limit=1)
    with opened_database() as engine, write(engine) as db:
        course = courses.add(
            db,
            course_id,
            arguments.name or course_id,
            key=arguments.key,
            places=arguments.max_enrollment,
        )
        logs.note(db, logs.COURSE_CREATED, course_id=course.course_id)
        for email in arguments.admin:
            _appoint(db, course, _person_at(db, email), is_admin=True)
    print(f"course {course.course_id}; people register with the key: {course.course_key}")
    return exits.OK


def show_course(arguments: argparse.Namespace) -> int:
    table = Table("e-mail", "name", "runs it", "enabled", box=None, pad_edge=False)
    with opened_database() as engine, read(engine) as db:
        course = courses.get(db, arguments.course)
        members = courses.members(db, course_ids=[course.course_id])
        person_by_id = people.by_ids(db, {member.user_id for member in members})
        for member in members:
            person = person_by_id[member.user_id]
            runs, enabled = ("yes" if fact else "no" for fact in (member.is_admin, person.enabled))
            table.add_row(person.email, person.user_name, runs, enabled)
    print(f"{course.course_id}: {course.course_name}")
    print(f"key {course.course_key}, {len(members)} of {course.max_enrollment} places taken")
    Console().print(table)
    return exits.OK


def appoint(arguments: argparse.Namespace) -> int:
    with opened_database() as engine, write(engine) as db:
        course = courses.get(db, arguments.course)
        person = _known(db, arguments.email) if arguments.remove else _person_at(db, arguments.email)
        _appoint(db, course, person, is_admin=not arguments.remove)
    print(f"{person.email} {'no longer runs' if arguments.remove else 'runs'} {course.course_id}")
    return exits.OK


def print_key(arguments: argparse.Namespace) -> int:
    with opened_database() as engine, write(engine) as db:
        course = courses.get(db, arguments.course)
        key = course.course_key
        if arguments.new:
            key = courses.change_key(db, course.course_id)
            logs.note(db, logs.COURSE_CHANGED, course_id=course.course_id, property="course_key")
    print(key)
    return exits.OK


def print_user(arguments: argparse.Namespace) -> int:
    with opened_database() as engine, read(engine) as db:
        print(people.NAMES + _known(db, arguments.email).public_id)
    return exits.OK


def print_link(arguments: argparse.Namespace) -> int:
    with opened_database() as engine, write(engine) as db:
        person = _known(db, arguments.email)
        key = people.issue_key(db, person.user_id)
        logs.note(db, logs.LINK_SENT, target_user_id=person.user_id, by="operator")
    print(f"{read_settings().url()}/login?{urlencode({'api_key': key})}")
    return exits.OK


def _appoint(db: sa.Connection, course: Course, person: Person, *, is_admin: bool) -> None:
    if is_admin:
        courses.join(db, course.course_id, person.user_id)
        if person.primary_course_id is None:
            people.prefer(db, person.user_id, course.course_id)
    courses.appoint(db, course.course_id, person.user_id, is_admin=is_admin)
    logs.note(
        db,
        logs.COURSE_CHANGED,
        target_user_id=person.user_id,
        course_id=course.course_id,
        is_admin=is_admin,
    )


def _person_at(db: sa.Connection, email: str) -> Person:
    """Return who has this address; the first admin of a house registers by being named."""
    if "@" not in email.strip("@"):
        raise Invalid(f"{email!r} is no e-mail address")
    return people.by_email(db, email) or people.add(db, email, "")


def _known(db: sa.Connection, email: str) -> Person:
    person = people.by_email(db, email)
    if person is None:
        raise NotFound(f"nobody registered with {email!r}")
    return person
